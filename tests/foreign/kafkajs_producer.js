// Publishes one message with kafkajs: `node kafkajs_producer.js`, with NODE_PATH leading to kafkajs and the request
// as JSON on standard input; prints the partition and offset as JSON.
const { readFileSync } = require("fs");
const { Kafka, Partitioners, logLevel } = require("kafkajs");

function readProperties(file) {
  const lines = readFileSync(file, "utf8").split("\n").filter((line) => line && !line.startsWith("#"));
  return Object.fromEntries(lines.map((line) => line.split(/=(.*)/s)));
}

async function publish({ client, topic, key, value }) {
  const properties = readProperties(client);
  const kafka = new Kafka({
    brokers: properties["bootstrap.servers"].split(","),
    sasl: {
      mechanism: properties["sasl.mechanism"].toLowerCase(),
      username: properties["sasl.username"],
      password: properties["sasl.password"],
    },
    logLevel: logLevel.ERROR,
  });
  const producer = kafka.producer({ createPartitioner: Partitioners.DefaultPartitioner });
  await producer.connect();
  try {
    const decode = (text) => (text === null ? null : Buffer.from(text, "base64"));
    const [sent] = await producer.send({ topic, messages: [{ key: decode(key), value: decode(value) }] });
    return { partition: sent.partition, offset: Number(sent.baseOffset) };
  } finally {
    await producer.disconnect();
  }
}

let input = "";
process.stdin.on("data", (chunk) => (input += chunk));
process.stdin.on("end", async () => console.log(JSON.stringify(await publish(JSON.parse(input)))));
