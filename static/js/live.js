// Live updates: the server says only {kind, id, version}; whoever shows that kind asks for it by its usual address.
// An element takes part by hx-trigger="live:appointment from:body" or by listening on document.body.
(() => {
  const { body } = document;
  const { live, livePoll } = body.dataset;
  if (!live) return;
  const POLL = 10000;
  const SILENCE = 12000; // the stream gives a sign of life every five seconds
  let last = body.dataset.liveSince || "";
  let source = null;
  let timer = 0;
  let again = 0;
  let heard = 0;
  let retry = 1000;

  const say = (kind, detail = {}) => body.dispatchEvent(new CustomEvent(`live:${kind}`, { bubbles: true, detail }));
  const tell = (message) => {
    if (message.at) last = message.at;
    if (message.kind) say(message.kind, message);
  };
  const ask = () => `?since=${encodeURIComponent(last)}`;
  /** What was said since the last that we know of. */
  async function catchUp() {
    try {
      const response = await fetch(livePoll + ask(), { headers: { Accept: "application/json" } });
      if (response.redirected || response.status === 401 || response.status === 403) { stop(); return; }
      if (!response.ok) throw new Error(response.status);
      const answer = await response.json();
      answer.messages.forEach(tell);
      last = answer.last || last;
    } catch { blind(); }
  }
  /** Neither stream nor log, yet the clinic's server is there: everybody asks by the usual address. */
  async function blind() {
    try {
      if ((await fetch("/healthz", { cache: "no-store" })).ok) say("reset");
    } catch { /* the network is away: the next turn asks again */ }
  }
  const poll = () => { timer ||= setInterval(() => { if (!document.hidden) catchUp(); }, POLL); };
  function stop() {
    source?.close();
    source = null;
    [timer, again].forEach(clearInterval);
    timer = again = 0;
  }
  function listen() {
    if (source || document.hidden) return;
    poll(); // until the stream has said something, nobody knows whether it will
    heard = Date.now();
    source = new EventSource(live + ask());
    source.onmessage = (event) => {
      heard = Date.now();
      retry = 1000;
      clearInterval(timer);
      timer = 0;
      tell(JSON.parse(event.data));
    };
    source.onerror = fail;
  }
  /** 503 when the process is full, or the line is down: poll meanwhile and try again ever more rarely. */
  function fail() {
    source?.close();
    source = null;
    poll();
    clearTimeout(again);
    again = setTimeout(listen, retry);
    retry = Math.min(retry * 2, 60000);
  }
  setInterval(() => {
    if (!source || Date.now() - heard < SILENCE) return;
    fail();
    if (!document.hidden) catchUp();
  }, 3000);
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
