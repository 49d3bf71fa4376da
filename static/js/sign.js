// The box for a finger: a smooth line in it becomes a PNG in the hidden field; a turned phone keeps what is drawn.
kit.mount("sign", (form) => {
  const pad = form.querySelector("canvas");
  const field = form.querySelector("[name=drawing]");
  const brush = pad.getContext("2d");
  let lines = [];
  let line = null;
  const draw = () => {
    const scale = Math.min(2, window.devicePixelRatio || 1);
    const { clientWidth: width, clientHeight: height } = pad;
    pad.width = Math.round(width * scale);
    pad.height = Math.round(height * scale);
    brush.setTransform(scale, 0, 0, scale, 0, 0);
    brush.lineWidth = 2.4;
    brush.lineCap = brush.lineJoin = "round";
    brush.strokeStyle = "#0b1f4d";
    for (const points of lines) {
      brush.beginPath();
      brush.moveTo(...points[0]);
      points.forEach(([x, y], at) => {
        const [nextX, nextY] = points[at + 1] || [x + 0.01, y];
        brush.quadraticCurveTo(x, y, (x + nextX) / 2, (y + nextY) / 2);
      });
      brush.stroke();
    }
  };
  const spot = (event) => { const box = pad.getBoundingClientRect(); return [event.clientX - box.left, event.clientY - box.top]; };
  pad.addEventListener("pointerdown", (event) => {
    event.preventDefault();
    pad.setPointerCapture(event.pointerId);
    line = [spot(event)];
    lines.push(line);
    draw();
  });
  pad.addEventListener("pointermove", (event) => {
    if (!line) return;
    for (const each of event.getCoalescedEvents?.() || [event]) line.push(spot(each));
    draw();
  });
  const stop = () => { line = null; field.value = lines.length ? pad.toDataURL("image/png") : ""; };
  pad.addEventListener("pointerup", stop);
  pad.addEventListener("pointercancel", stop);
  form.querySelector("[data-wipe]").addEventListener("click", () => { lines = []; draw(); stop(); });
  window.addEventListener("resize", draw);
  if (field.value.startsWith("data:image/png")) {
    const kept = new Image();
    draw();
    kept.onload = () => brush.drawImage(kept, 0, 0, pad.clientWidth, pad.clientHeight);
    kept.src = field.value;
  } else draw();
});
