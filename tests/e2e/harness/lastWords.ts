import { stripVTControlCharacters } from "node:util";
import type { Reporter, TestCase, TestResult } from "@playwright/test/reporter";

/** Says at the very end once more what failed and where: what the programs of a test have said may lie between. */
export default class LastWords implements Reporter {
  private readonly failed: string[] = [];

  onTestEnd(test: TestCase, { status, errors }: TestResult): void {
    if (status === test.expectedStatus || status === "skipped") return;
    const words = errors.map(({ message, snippet }) => [message, snippet].filter(Boolean).join("\n"));
    this.failed.push([test.titlePath().slice(2).join(" › "), ...words].join("\n"));
  }

  onEnd(): void {
    if (this.failed.length) process.stdout.write(`\n${stripVTControlCharacters(this.failed.join("\n\n"))}\n`);
  }
}
