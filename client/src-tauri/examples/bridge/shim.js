// What a web view of Tauri brings to a page, carried over HTTP to the same commands.
(() => {
  const callbacks = new Map();
  const listeners = new Map();
  let next_id = 1;
  let stream;

  /** Opens the stream once; resolves when the app can no longer emit past it. */
  function events() {
    stream ??= new Promise((opened) => {
      const source = new EventSource("/__events");
      source.onopen = () => opened();
      source.onmessage = ({ data }) => {
        const { event, payload } = JSON.parse(data);
        for (const [id, listener] of listeners) {
          if (listener.event === event) callbacks.get(listener.handler)?.({ event, id, payload });
        }
      };
    });
    return stream;
  }

  async function listen({ event, handler }) {
    await events();
    await fetch(`/__listen/${event}`, { method: "POST" });
    const id = next_id++;
    listeners.set(id, { event, handler });
    return id;
  }

  async function invoke(command, args = {}, options = {}) {
    if (command === "plugin:event|listen") return listen(args);
    if (command === "plugin:event|unlisten") return null;
    const raw = args instanceof ArrayBuffer || ArrayBuffer.isView(args);
    const headers = new Headers(options.headers);
    headers.set("Content-Type", raw ? "application/octet-stream" : "application/json");
    const response = await fetch(`/__ipc/${encodeURIComponent(command)}`, {
      method: "POST",
      headers,
      body: raw ? args : JSON.stringify(args),
    });
    const json = response.headers.get("Content-Type") === "application/json";
    const value = json ? await response.json() : await response.arrayBuffer();
    if (!response.ok) throw value;
    return value;
  }

  window.__TAURI_INTERNALS__ = {
    metadata: { currentWindow: { label: "main" }, currentWebview: { windowLabel: "main", label: "main" } },
    invoke,
    transformCallback(callback, once = false) {
      const id = next_id++;
      callbacks.set(id, (value) => {
        if (once) callbacks.delete(id);
        return callback?.(value);
      });
      return id;
    },
    unregisterCallback: (id) => callbacks.delete(id),
    runCallback: (id, value) => callbacks.get(id)?.(value),
  };
  window.__TAURI_EVENT_PLUGIN_INTERNALS__ = {
    unregisterListener(_event, id) {
      callbacks.delete(listeners.get(id)?.handler);
      listeners.delete(id);
    },
  };
})();
