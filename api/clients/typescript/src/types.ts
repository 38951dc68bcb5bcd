/** The API's objects by their names. */
import type { components, paths } from "./openapi.ts";

/** Every object of the API, such as `Schemas["Workspace"]`. */
export type Schemas = components["schemas"];

export type Accepted = Schemas["Accepted"];
export type AcceptedImage = Schemas["AcceptedImage"];
export type EndReason = Schemas["EndReason"];
export type Feature = Schemas["Feature"];
export type FieldError = Schemas["FieldError"];
export type ImageView = Schemas["ImageView"];
export type LiveOutcome = Schemas["LiveOutcome"];
export type LoggedIn = Schemas["LoggedIn"];
export type Recognition = Schemas["Recognition"];
export type RecognitionResult = Schemas["RecognitionResult"];
export type RefusalReason = Schemas["Refusal"]["reason"];
export type ResultSummary = Schemas["ResultSummary"];
export type SimilarImage = Schemas["SimilarImage"];
export type Statistics = Schemas["Statistics"];
export type SubmittedImage = Schemas["SubmittedImage"];

/** The query parameters of a GET request to one path. */
export type Query<P extends keyof paths> = paths[P] extends { get: { parameters: { query?: infer Q } } }
  ? NonNullable<Q>
  : never;

/** Which outcomes a live stream tells. */
export type LiveFilters = Omit<Query<"/v1/live">, "ticket" | "last_event_id">;

/** Which results an export holds. */
export type ExportFilters = Omit<Query<"/v1/export">, "format">;

/** Which results a list or a search returns. */
export type ResultFilters = Omit<Query<"/v1/results">, "cursor">;
