// Live updates: the server says only {kind, id, version}; whoever shows that kind asks for it by its usual address.
// An element takes part by hx-trigger="live:appointment from:body" or by listening on document.body.
(() => {
  const body = document.body;
  const { live, livePoll } = body.dataset;
  if (!live) return;
  const POLL = 15000;
  let source = null;
  let timer = 0;
  let last = "";
  let retry = 1000;

  const tell = (message) => {
    if (message.at) last = message.at;
    if (message.kind) body.dispatchEvent(new CustomEvent(`live:${message.kind}`, { bubbles: true, detail: message }));
  };
  /** What was said while nobody listened. Without a last version everything may have changed. */
  async function catchUp() {
    try {
      const response = await fetch(`${livePoll}?since=${encodeURIComponent(last || "0")}`, { headers: { Accept: "application/json" } });
      if (response.redirected || response.status === 401 || response.status === 403) { stop(); return; }
      if (!response.ok) return;
      const answer = await response.json();
      if (!last && answer.last && answer.last !== "0") body.dispatchEvent(new CustomEvent("live:reset", { bubbles: true }));
      answer.messages.forEach(tell);
      last = answer.last || last;
    } catch { /* the network is away: the next turn asks again */ }
  }
  function stop() {
    source?.close();
    source = null;
    clearInterval(timer);
    timer = 0;
  }
  function poll() {
    if (!timer) timer = setInterval(() => { if (!document.hidden) catchUp(); }, POLL);
  }
  let isFirst = true;
  function listen() {
    if (source || document.hidden) return;
    source = new EventSource(live);
    source.onopen = () => {
      retry = 1000;
      clearInterval(timer);
      timer = 0;
      if (!isFirst) catchUp();
      isFirst = false;
    };
    source.onmessage = (event) => tell(JSON.parse(event.data));
    source.onerror = () => {
      // 503 when the process is full, or the line is down: poll meanwhile and try again ever more rarely.
      source?.close();
      source = null;
      poll();
      setTimeout(listen, retry);
      retry = Math.min(retry * 2, 60000);
    };
  }
  // A hidden tab holds no stream: the clinic leaves dozens of them open.
  let hiding = 0;
  document.addEventListener("visibilitychange", () => {
    clearTimeout(hiding);
    if (document.hidden) hiding = setTimeout(stop, 30000);
    else listen();
  });
  addEventListener("pagehide", stop);
  addEventListener("pageshow", (event) => { if (event.persisted) listen(); });
  listen();
  // Somebody told this user something: the bell gets its dot, the tray is asked for when it is opened.
  body.addEventListener("live:notification", ({ detail }) => {
    const dot = document.getElementById("tray-dot");
    if (dot && String(detail.id) === body.dataset.user) dot.hidden = false;
  });
})();
