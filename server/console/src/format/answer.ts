import type { Scale } from "@/api/schema";
import { percent } from "@/format/score";

/** What a recorded answer says, taken apart by its item's scale. */
export type Answer =
  | { is: "none" }
  | { is: "na" }
  | { is: "pass" }
  | { is: "fail" }
  | { is: "sample"; passed: number; of: number }
  | { is: "ratio"; done: number; planned: number; percent: number | null }
  | { is: "graded"; met: number[]; of: number }
  | { is: "unknown"; text: string };

const PAIR = /^(\d+)\/(\d+)$/;
const GRADED = /^((?:\d+(?:,\d+)*)?)\/(\d+)$/;

export function readAnswer(value: string | null | undefined, scale: Scale): Answer {
  if (value == null) return { is: "none" };
  if (value === "na") return { is: "na" };
  switch (scale.scale) {
    case "pass":
    case "count":
      if (value === "pass" || value === "fail") return { is: value };
      break;
    case "sample": {
      const found = PAIR.exec(value);
      if (found) return { is: "sample", passed: Number(found[1]), of: Number(found[2]) };
      break;
    }
    case "ratio": {
      const found = PAIR.exec(value);
      if (found) {
        const [done, planned] = [Number(found[1]), Number(found[2])];
        return { is: "ratio", done, planned, percent: percent(done, planned) };
      }
      break;
    }
    case "graded": {
      const found = GRADED.exec(value);
      if (found) return { is: "graded", met: found[1] ? found[1].split(",").map(Number) : [], of: Number(found[2]) };
      break;
    }
  }
  return { is: "unknown", text: value };
}

export type Tone = "good" | "bad" | "partial" | "quiet";

/** Whether an answer is good news at a glance; what it is worth in points is the server's to say. */
export function toneOf(answer: Answer, scale: Scale): Tone {
  switch (answer.is) {
    case "none":
    case "na":
    case "unknown":
      return "quiet";
    case "pass":
      return "good";
    case "fail":
      return "bad";
    case "sample":
      return answer.passed === answer.of ? "good" : answer.passed >= answer.of - 1 ? "partial" : "bad";
    case "ratio":
      return scale.scale === "ratio" ? toneOfRatio(answer.done, answer.planned, scale) : "quiet";
    case "graded":
      return answer.met.length === answer.of ? "good" : answer.met.length === 0 ? "bad" : "partial";
  }
}

/** Thresholds are hundredths of a percent. */
const WHOLE = 10_000;

function toneOfRatio(done: number, planned: number, scale: Extract<Scale, { scale: "ratio" }>): Tone {
  if (planned === 0) return "quiet";
  const reached = (done * WHOLE) / planned;
  if (reached >= scale.full) return "good";
  if (scale.proportional || (scale.half != null && reached >= scale.half)) return "partial";
  return "bad";
}

export const writeSample = (passed: number, of: number) => `${passed}/${of}`;
export const writeRatio = (done: number, planned: number) => `${done}/${planned}`;
export const writeGraded = (met: number[], of: number) => `${[...met].sort((a, b) => a - b).join(",")}/${of}`;
