import type { LocationQuery, LocationQueryRaw } from "vue-router";

/** One value of the address bar, or empty: a key given twice counts once. */
export function one(query: LocationQuery, key: string): string {
  const value = query[key];
  return (Array.isArray(value) ? value[0] : value) ?? "";
}

/** A page number of the address bar; anything else is the first page. */
export function pageOf(query: LocationQuery): number {
  const page = Number(one(query, "page"));
  return Number.isInteger(page) && page > 0 ? page : 1;
}

/** The shortest address that says the same: what is empty or usual is left out. */
export function sparse(values: Record<string, string | number>, usual: Record<string, string | number>) {
  const query: LocationQueryRaw = {};
  for (const [key, value] of Object.entries(values)) {
    if (value !== "" && value !== usual[key]) query[key] = String(value);
  }
  return query;
}
