/** Images: sent by reference or as a picture, recognised at once, and read. */
import type { paths } from "./openapi.ts";
import type { Requests } from "./requests.ts";
import type {
  Accepted,
  AcceptedImage,
  Feature,
  ImageView,
  Query,
  Recognition,
  SimilarImage,
  SubmittedImage,
} from "./types.ts";

/** The bytes of a picture, such as a `File` that a person has chosen, or what `readFile` returns. */
export type Picture = Blob | ArrayBuffer | ArrayBufferView;

type PostQuery<P extends keyof paths> = paths[P] extends { post: { parameters: { query?: infer Q } } }
  ? NonNullable<Q>
  : never;

/** What is said of references that are sent. */
export interface SubmitOptions {
  readonly owner?: string | undefined;
  /** Images with the priority `batch` give way to others. */
  readonly priority?: "normal" | "batch";
  /** Repeat it to send the same request again without doing it twice. Default: a new one for each call. */
  readonly idempotencyKey?: string | undefined;
  readonly signal?: AbortSignal | undefined;
}

/** What is said of a picture that is sent. */
export interface UploadOptions {
  readonly owner?: string | undefined;
  /** Default: a name derived from the picture's content. */
  readonly imageId?: string | undefined;
  /** Default: the workspace's default features. */
  readonly features?: readonly Feature[];
  readonly metadata?: Readonly<Record<string, string>>;
  readonly pipeline?: string | undefined;
  readonly priority?: "normal" | "batch";
  readonly signal?: AbortSignal | undefined;
}

/** How a picture is recognised that is not kept. */
export interface RecogniseOptions {
  readonly owner?: string | undefined;
  readonly features?: readonly Feature[];
  /** Options of the features, such as `{ labels: { max_labels: 5 } }`. */
  readonly options?: object;
  readonly pipeline?: string | undefined;
  readonly signal?: AbortSignal | undefined;
}

interface SentPicture {
  readonly body: string;
  readonly bodySerializer: (body: unknown) => unknown;
  readonly headers: Record<string, string>;
}

/** Sends and reads images. */
export class Images {
  readonly #requests: Requests;

  constructor(requests: Requests) {
    this.#requests = requests;
  }

  /** Send references to images. They are stored durably once this returns, and recognised within moments. */
  async submit(images: readonly SubmittedImage[], options: SubmitOptions = {}): Promise<Accepted> {
    const { owner, priority, idempotencyKey = newIdempotencyKey(), signal } = options;
    return await this.#requests.answer(
      this.#requests.api.POST("/v1/images", {
        params: { header: { "Idempotency-Key": idempotencyKey } },
        body: { images: [...images], owner, priority },
        signal,
      }),
    );
  }

  /** Send a picture. It is stored durably once this returns, and recognised within moments. */
  async upload(picture: Picture, options: UploadOptions = {}): Promise<AcceptedImage> {
    const { imageId, features, metadata = {}, signal, ...rest } = options;
    const query: PostQuery<"/v1/images/upload"> = {
      ...rest,
      image_id: imageId,
      features: features && [...features],
      metadata: Object.entries(metadata).map(([name, value]) => `${name}=${value}`),
    };
    const { images } = await this.#requests.answer(
      this.#requests.api.POST("/v1/images/upload", { params: { query }, ...sent(picture), signal }),
    );
    return images[0] as AcceptedImage;
  }

  /** Return what is in a picture, which is not stored anywhere. */
  async recognise(picture: Picture, given: RecogniseOptions = {}): Promise<Recognition> {
    const { features, options, signal, ...rest } = given;
    const query: PostQuery<"/v1/recognise"> = {
      ...rest,
      features: features && [...features],
      options: options && JSON.stringify(options),
    };
    return await this.#requests.answer(
      this.#requests.api.POST("/v1/recognise", { params: { query }, ...sent(picture), signal }),
    );
  }

  /** Return the images most similar to a picture, nearest first. The picture is not stored. */
  async findSimilar(
    picture: Picture,
    query: PostQuery<"/v1/images/similar"> = {},
    signal?: AbortSignal,
  ): Promise<readonly SimilarImage[]> {
    const call = this.#requests.api.POST("/v1/images/similar", { params: { query }, ...sent(picture), signal });
    return (await this.#requests.answer(call)).items;
  }

  /** Return an image's status and, once it is recognised, its result. */
  async read(imageId: string, query: Query<"/v1/images/{image_id}"> = {}, signal?: AbortSignal): Promise<ImageView> {
    const params = { path: { image_id: imageId }, query };
    return await this.#requests.answer(this.#requests.api.GET("/v1/images/{image_id}", { params, signal }));
  }

  /** Delete an image: its status, results, dead letters and uploaded files. */
  async delete(imageId: string, query: Query<"/v1/images/{image_id}"> = {}, signal?: AbortSignal): Promise<void> {
    const params = { path: { image_id: imageId }, query };
    await this.#requests.api.DELETE("/v1/images/{image_id}", { params, signal });
  }
}

/** Return a new idempotency key. Pages without TLS have no `crypto.randomUUID`. */
export function newIdempotencyKey(): string {
  const bytes = crypto.getRandomValues(new Uint8Array(16));
  return Array.from(bytes, (byte) => byte.toString(16).padStart(2, "0")).join("");
}

/** Return a call's options that send a picture as it is. OpenAPI has no type for bytes but string. */
function sent(picture: Picture): SentPicture {
  return {
    body: picture as unknown as string,
    bodySerializer: (body) => body,
    headers: { "Content-Type": "application/octet-stream" },
  };
}
