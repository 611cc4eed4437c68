// All talk with the server: this page's own host and no other.

/** No answer, in words; `kind`: what is to blame, as one more kind of line of an answer. */
export class Refused extends Error {
  constructor(words, kind = "failed") {
    super(words);
    this.kind = kind;
  }

  line(turn) {
    const [, path, message] = /^(seed|customers): (.*)$/s.exec(this.message) ?? [];
    if (path) return { kind: "problems", turn, problems: [{ path, message }] };
    return { kind: this.kind, turn, message: this.message };
  }
}

const WRONG = 422;

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
  if (!answer.ok) throw new Refused(await words(answer), answer.status === WRONG ? "wrong" : "failed");
  return answer;
}

async function words(answer) {
  try {
    const { error } = await answer.json();
    if (error) return error;
  } catch {
    // no words came with it: the code must do
  }
  return `The server refused this (code ${answer.status}).`;
}

export const start = async () => (await ask("/api/start")).json();

export const levers = async (a, b, signal) => (await ask("/api/levers", { a, b }, signal)).json();

/** Compare: `hear` is called with every line as it arrives. */
export async function compare(state, tab, turn, { hear, signal }) {
  const answer = await ask("/api/compare", { ...state, tab, turn }, signal);
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
  const answer = await ask(`/api/export/${kind}`, state);
  const said = answer.headers.get("Content-Disposition") ?? "";
  const name = /filename="?([^";]+)"?/.exec(said)?.[1] ?? kind;
  return { name, bytes: await answer.blob() };
}
