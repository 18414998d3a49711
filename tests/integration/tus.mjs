// The public client of tus, as it is published: uploads one photo, or takes its upload back, and says what it was answered.
// Without delays between its tries: whoever starts it makes the failures.
import { readFileSync } from "node:fs";
import * as tus from "tus-js-client";

const { url, token, photo, hash, remembered, tries, options } = JSON.parse(process.argv[2]);

const answers = [];
const common = {
  ...options,
  endpoint: `${url}/v1/photos`,
  headers: { Authorization: `Bearer ${token}` },
  retryDelays: new Array(tries).fill(0),
  urlStorage: new tus.FileUrlStorage(remembered),
  onAfterResponse: (request, response) =>
    void answers.push({
      method: request.getMethod(),
      status: response.getStatus(),
      offset: Number(response.getHeader("Upload-Offset") ?? -1),
    }),
};

function say(outcome) {
  process.stdout.write(JSON.stringify({ ...outcome, answers }), () => process.exit());
}

const upload = new tus.Upload(readFileSync(photo), {
  ...common,
  metadata: { filename: "照片.jpg", hash },
  onSuccess: () => say({ done: true }),
  onError: (error) => say({ done: false, status: error.originalResponse?.getStatus() ?? null }),
});
const [previous] = await upload.findPreviousUploads();
if (previous) upload.resumeFromPreviousUpload(previous);
if (options.terminate) {
  await tus.Upload.terminate(previous.uploadUrl, common);
  say({ done: true });
} else {
  upload.start();
}
