// Writes src/openapi.ts out of the OpenAPI document in a file; with --check it only compares the two.
import { readFile, writeFile } from "node:fs/promises";
import openapiTS, { astToString } from "openapi-typescript";

const TYPES = new URL("src/openapi.ts", import.meta.url);
const HEADING = "// Made out of the API's OpenAPI document: change the API, and run `make typescript-client`.\n\n";

const [file, ...options] = process.argv.slice(2);
const document = JSON.parse(await readFile(file, "utf8"));
// What has a default may be left out: of a request by whoever sends it, of a response by the API.
const types = HEADING + astToString(await openapiTS(document, { alphabetize: true, defaultNonNullable: false }));
if (!options.includes("--check")) {
  await writeFile(TYPES, types);
} else if ((await readFile(TYPES, "utf8").catch(() => "")) !== types) {
  console.error(
    "api/clients/typescript/src/openapi.ts is not as the API says. Run `make typescript-client` and commit it.",
  );
  process.exitCode = 1;
}
