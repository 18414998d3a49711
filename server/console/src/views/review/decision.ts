/** What a supervisor decides on one item; it names the recorded values it was made in knowledge of. */
export interface Decision {
  item: string;
  value: string;
  covers: string[];
  reason: string;
}
