// Prints the version of an AsyncAPI document and what AsyncAPI's own parser finds wrong with it, as JSON:
// `node asyncapi_check.js FILE`, with NODE_PATH leading to @asyncapi/parser. Hints on style are left out.
const { Parser } = require("@asyncapi/parser");
const { readFileSync } = require("fs");

const ERROR = 0;
const WARNING = 1;

async function check(file) {
  const { document, diagnostics } = await new Parser().parse(readFileSync(file, "utf8"));
  const problems = diagnostics
    .filter(({ severity }) => severity === ERROR || severity === WARNING)
    .map(({ message, path }) => `${path.join(".")}: ${message}`);
  return { version: document ? document.version() : null, problems };
}

check(process.argv[2]).then((result) => console.log(JSON.stringify(result)));
