// Publishes one message with kafkajs: `node kafkajs_producer.js`, with NODE_PATH leading to kafkajs and the request
// as JSON on standard input; prints the partition and offset as JSON.
const { Kafka, Partitioners, logLevel } = require("kafkajs");

async function publish({ bootstrap, topic, key, value }) {
  const kafka = new Kafka({ brokers: [bootstrap], logLevel: logLevel.ERROR });
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
