/** Queries of requests that are written by hand. */

/** Return the query of these parameters, as the API reads it: one that has several values is repeated. */
export function queryOf(parameters: object): URLSearchParams {
  const query = new URLSearchParams();
  for (const [name, value] of Object.entries(parameters)) {
    for (const each of [value].flat()) {
      if (each !== undefined && each !== null) {
        query.append(name, String(each));
      }
    }
  }
  return query;
}
