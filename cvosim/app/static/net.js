// All talk with the server: this page's own host and no other.

/** No answer, in words; `kind`: what is to blame, as one more kind of line of an answer. */
export class Refused extends Error {
  constructor(words, kind = "failed", side = null) {
    super(words);
    this.kind = kind;
    this.side = side;
  }

  line(turn) {
    const [, path, message] = /^(seed|customers): (.*)$/s.exec(this.message) ?? [];
    if (path) return { kind: "problems", turn, problems: [{ path, message }] };
    return { kind: this.kind, turn, message: this.message, side: this.side };
  }
}

/** What to do about a status: 422 is about a scenario; of the others none can succeed again. */
const KINDS = { 400: "refused", 413: "refused", 415: "refused", 422: "wrong" };

const GONE = "The server does not answer. Is “cvosim app” still running?";

async function ask(address, body, signal) {
  const options = body === undefined ? {} : {
    method: "POST", headers: { "Content-Type": "application/json" }, body: JSON.stringify(body),
  };
  let answer;
  try {
    answer = await fetch(address, { ...options, signal });
  } catch (error) {
    if (error.name === "AbortError") throw error;
    throw new Refused(GONE);
  }
  if (!answer.ok) throw await refusal(answer);
  return answer;
}

async function refusal(answer) {
  let said = {};
  try {
    said = await answer.json();
  } catch {
    // no words came with it: the code must do
  }
  const words = said.error || `The server refused this (code ${answer.status}).`;
  const kind = said.side ? "wrong" : KINDS[answer.status] ?? "failed";
  return new Refused(words, kind, said.side ?? null);
}

/** A state as the server takes it. The seed is text in this page, for JavaScript would round it. */
function wired(state) {
  const { seed } = state;
  if (seed === null) return state;
  const number = /^\d+$/.test(seed) ? Number(seed) : NaN;
  if (Number.isSafeInteger(number)) return { ...state, seed: number };
  const most = Number.MAX_SAFE_INTEGER.toLocaleString("en");
  const more = "the command line takes larger ones";
  throw new Refused(`seed: must be a whole number from 0 to ${most} on this page; ${more}`);
}

export const start = async () => (await ask("/api/start")).json();

export const levers = async (a, b, signal) => (await ask("/api/levers", { a, b }, signal)).json();

/** Compare: `hear` is called with every line as it arrives. */
export async function compare(state, tab, turn, { hear, signal }) {
  const answer = await ask("/api/compare", { ...wired(state), tab, turn }, signal);
  const reader = answer.body.getReader();
  const decoder = new TextDecoder();
  let rest = "";
  for (;;) {
    let piece;
    try {
      piece = await reader.read();
    } catch (error) {
      if (error.name === "AbortError") throw error;
      throw new Refused(GONE);
    }
    rest += decoder.decode(piece.value ?? new Uint8Array(), { stream: !piece.done });
    const lines = rest.split("\n");
    rest = lines.pop();
    for (const line of lines) if (line.trim()) hear(JSON.parse(line));
    if (piece.done) break;
  }
  if (rest.trim()) hear(JSON.parse(rest));
}

/** A file of the state: its name and its bytes. */
export async function exported(kind, state) {
  const answer = await ask(`/api/export/${kind}`, wired(state));
  const said = answer.headers.get("Content-Disposition") ?? "";
  const name = /filename="?([^";]+)"?/.exec(said)?.[1] ?? kind;
  return { name, bytes: await answer.blob() };
}
