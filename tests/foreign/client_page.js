// A page that signs in, uploads a picture and listens over both protocols. `heard` holds what there is to tell.
import { createVedette } from "vedette-client";

const asked = new URLSearchParams(location.search);
const vedette = createVedette({ url: asked.get("api") });

async function picture() {
  const canvas = document.createElement("canvas");
  canvas.getContext("2d").fillRect(0, 0, 9, 9);
  return await new Promise((resolve) => canvas.toBlob(resolve));
}

async function listen(transport) {
  const stream = vedette.live({ transport });
  await stream.ready();
  heard.push(["ready", transport]);
  for await (const { outcome } of stream) {
    heard.push([transport, outcome.id]);
  }
}

try {
  await vedette.signIn(asked.get("email"), asked.get("password"));
  heard.push(["uploaded", (await vedette.images.upload(await picture(), { imageId: "canvas" })).image_id]);
  await vedette.images.read("no-such-image").catch((error) => heard.push(["refused", error.type]));
  await Promise.all([listen("sse"), listen("websocket")]);
} catch (error) {
  heard.push(["failed", String(error)]);
}
