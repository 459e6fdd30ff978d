// The microphone's button, what is said aloud, and the clock. Everything else of the page comes from the server.
() => {
  if (window.mensetsuVoice) return;
  window.mensetsuVoice = true;
  const one = (selector) => document.querySelector(selector);
  const recorder = (name) => one(`#m-recorder .${name}`);
  const listening = () => Boolean(recorder("stop-button") || recorder("stop-button-paused"));
  const setting = (name) => one(`#m-${name} input[type=checkbox]`)?.checked ?? false;
  const number = (name) => Number(one(`#m-${name} input[type=number]`)?.value ?? 0);
  let audio = null, saying = null, clip = 0, waiting = 0, asked = null, since = 0, ends = 0, limited = null;
  let sending = false, starting = 0;

  const tell = (text) => {
    const place = one("#m-voice-note");
    if (place) place.textContent = text;
  };
  const note = (key) => tell(key ? one("#m-bar")?.dataset[key] ?? "" : "");
  const hush = () => {
    if (audio) audio.pause();
    audio = null;
    clip = -1;
    waiting = 0;
    document.body.dataset.saying = "";
  };
  const stop = () => (recorder("stop-button") ?? recorder("stop-button-paused"))?.click();
  const start = async () => {
    hush();
    starting = Date.now() + 5000;
    note("");
    if (!navigator.mediaDevices?.getUserMedia) return note("none");
    try {
      const stream = await navigator.mediaDevices.getUserMedia({ audio: true });
      stream.getTracks().forEach((track) => track.stop());
    } catch (error) {
      return note(error.name === "NotAllowedError" ? "refused" : "none");
    }
    // What was recorded before has to make way in Gradio's recorder.
    if (!recorder("record-button")) one('#m-recorder button[aria-label="Clear"]')?.click();
    for (let tries = 0; tries < 20 && !recorder("record-button"); tries++) await new Promise((done) => setTimeout(done, 50));
    recorder("record-button")?.click();
  };

  const finished = () => {
    document.body.dataset.saying = "";
    if (setting("hands-free") && !listening() && one("#m-send:not([disabled])")) waiting = Date.now() + 1000 * number("think");
  };
  const play = () => {
    const place = one("#m-sound .m-clips");
    const next = place?.querySelectorAll("audio")[clip];
    if (audio || !place || saying !== place.dataset.say) return;
    if (!next) {
      if (place.dataset.done !== undefined && clip >= 0) { clip = -1; if (place.dataset.told) tell(place.dataset.told); finished(); }
      return;
    }
    audio = new Audio(next.src);
    document.body.dataset.saying = "on";
    const on = () => { audio = null; clip += 1; play(); };
    audio.addEventListener("ended", on, { once: true });
    audio.play().catch(on);
  };
  const again = () => { hush(); clip = 0; play(); };

  const shown = (seconds) => `${Math.floor(Math.abs(seconds) / 60)}:${String(Math.floor(Math.abs(seconds) % 60)).padStart(2, "0")}`;
  const clock = () => {
    const place = one("#m-clock-face");
    if (!place) return;
    if (place.dataset.asked !== asked) { asked = place.dataset.asked; since = Date.now(); }
    if (place.dataset.total !== limited) { limited = place.dataset.total; ends = limited ? Date.now() + 1000 * Number(limited.split(":").pop()) : 0; }
    const parts = [];
    const limit = Number(place.dataset.limit);
    if (limit) {
      const left = limit - (Date.now() - since) / 1000;
      place.classList.toggle("m-over", left < 0);
      parts.push(`${left < 0 ? place.dataset.over : place.dataset.left} ${shown(left)}`);
    }
    if (ends) parts.push(`${place.dataset.whole} ${shown(Math.max(0, (ends - Date.now()) / 1000))}`);
    if (waiting) parts.push(`${place.dataset.thinking} ${Math.max(0, Math.ceil((waiting - Date.now()) / 1000))}`);
    const text = parts.join("  ·  ");
    if (place.textContent !== text) place.textContent = text;
  };

  const look = () => {
    const on = listening();
    document.body.dataset.mic = on ? "on" : "";
    const button = one("#m-mic");
    if (button) {
      const label = on ? button.dataset.stop : button.dataset.start;
      const place = button.querySelector("span");
      if (place.textContent !== label) place.textContent = label;
      button.setAttribute("aria-pressed", String(on));
    }
    const place = one("#m-sound .m-clips");
    if (place && place.dataset.say !== saying) {
      hush();
      saying = place.dataset.say;
      // Nobody is talked over: what comes while they speak stays text.
      clip = on || Date.now() < starting ? -1 : 0;
    }
    play();
    const heard = one("#m-heard .m-heard");
    if (heard?.dataset.stop !== undefined && on) stop();
    if (heard && !heard.classList.contains("m-listening") && !on) {
      const send = heard.dataset.send !== undefined || sending;
      sending = false;
      delete heard.dataset.send;
      if (send && !heard.classList.contains("m-trouble")) one("#m-send:not([disabled])")?.click();
    }
    if (waiting && Date.now() >= waiting) { waiting = 0; if (!on) start(); }
    clock();
  };
  // Who sends while they still speak means: that was it. The recording ends, and what was heard is sent.
  const sendLater = (event) => {
    if (!listening()) return;
    event.preventDefault();
    event.stopPropagation();
    sending = true;
    stop();
  };
  document.addEventListener("click", (event) => { if (event.target.closest?.("#m-send")) sendLater(event); }, { capture: true });
  document.addEventListener("keydown", (event) => {
    if (event.key === "Enter" && event.shiftKey && event.target.closest?.("#m-answer")) sendLater(event);
  }, { capture: true });
  document.addEventListener("click", (event) => {
    const id = event.target.closest?.("button, [data-seek]")?.id;
    if (id === "m-mic") listening() ? stop() : start();
    else if (id === "m-again") again();
    else if (id === "m-hush") hush();
    else if (["m-skip", "m-next", "m-end", "m-retry"].includes(id) && listening()) stop();
  });
  document.addEventListener("input", (event) => { if (event.target.closest?.("#m-answer")) hush(); });
  setInterval(look, 200);
}
