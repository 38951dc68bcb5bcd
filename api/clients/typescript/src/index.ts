/** Vedette's API for TypeScript and JavaScript. */
export type { GivenCredentials, TokenSource, Tokens } from "./credentials.ts";
export type { Environment } from "./environment.ts";
export { LiveEnded, NO_RESPONSE, NOT_THE_API, VedetteError } from "./errors.ts";
export type { Images, Picture, RecogniseOptions, SubmitOptions, UploadOptions } from "./images.ts";
export type { LiveTransport } from "./live/access.ts";
export type { LiveOptions, LiveState, LiveStream, Told } from "./live/stream.ts";
export type { components, operations, paths } from "./openapi.ts";
export type { ItemOf, ListOptions, ListPath } from "./pages.ts";
export type { Api } from "./requests.ts";
export type { Patience } from "./transport.ts";
export type * from "./types.ts";
export { createVedette, type Vedette, type VedetteOptions } from "./vedette.ts";
