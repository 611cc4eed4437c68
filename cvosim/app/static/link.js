// The state as a link, in the part of the address after "#": no server ever sees it there.
// Scenarios of the library stay readable; the text of an uploaded one is deflated.

const PREFIX = "set.";
const PATH = /^[a-z][a-z0-9_]*(\.[A-Za-z0-9_]+)+$/;
const LONGEST = 300; // characters of a path, a word or a name
const DAMAGED = "This link is damaged: a part of it is missing or makes no sense. "
  + "Shown is the start instead.";

/** The fragment of a state, without "#". */
export async function fragmentOf(state) {
  const found = new URLSearchParams();
  await putSource(found, "a", state.a);
  if (state.b !== null) await putSource(found, "b", state.b);
  found.set("n", String(state.customers));
  if (state.seed !== null) found.set("seed", state.seed);
  for (const [path, value] of Object.entries(state.changes)) {
    found.set(PREFIX + path, JSON.stringify(value));
  }
  return found.toString();
}

/** The state of a fragment, or null where it says none; `limits` are the server's. A link may come
    from anybody: what is not of the right kind throws an Error with plain words. */
export async function stateOf(fragment, customers, limits) {
  if (!fragment) return null;
  const found = new URLSearchParams(fragment);
  if (!found.has("a") && !found.has("a.text")) return null;
  try {
    return {
      a: await source(found, "a", limits.text),
      b: await source(found, "b", limits.text),
      changes: changesIn(found, limits.changes),
      customers: found.has("n") ? whole(found.get("n")) : customers,
      seed: found.has("seed") ? short(found.get("seed")) : null,
    };
  } catch {
    throw new Error(DAMAGED);
  }
}

function changesIn(found, most) {
  const pairs = [...found].filter(([name]) => name.startsWith(PREFIX));
  if (pairs.length > most) throw new Error(DAMAGED);
  return Object.fromEntries(pairs.map(([name, text]) => {
    const path = short(name.slice(PREFIX.length));
    if (!PATH.test(path)) throw new Error(DAMAGED);
    return [path, value(JSON.parse(text))];
  }));
}

function value(found) {
  if (typeof found === "string") return short(found);
  if (found === null || typeof found === "boolean" || Number.isFinite(found)) return found;
  throw new Error(DAMAGED);
}

function whole(text) {
  if (!/^\d{1,12}$/.test(text)) throw new Error(DAMAGED);
  return Number(text);
}

function short(text) {
  if (text.length > LONGEST) throw new Error(DAMAGED);
  return text;
}

async function putSource(found, side, chosen) {
  if (chosen.library !== undefined) {
    found.set(side, chosen.library);
    return;
  }
  found.set(`${side}.name`, chosen.name);
  found.set(`${side}.text`, toLetters(await through(
    new CompressionStream("deflate-raw"), new TextEncoder().encode(chosen.text),
  )));
}

async function source(found, side, most) {
  if (found.has(side)) return { library: short(found.get(side)) };
  if (!found.has(`${side}.text`)) return null;
  const bytes = await through(
    new DecompressionStream("deflate-raw"), toBytes(found.get(`${side}.text`)), most,
  );
  const text = new TextDecoder("utf-8", { fatal: true }).decode(bytes);
  return { text, name: short(found.get(`${side}.name`) ?? "uploaded.yaml") };
}

/** What comes out of a stream; never more than `most` bytes: a few may inflate to very many. */
async function through(stream, bytes, most = Infinity) {
  const writer = stream.writable.getWriter();
  // both ends run together; a fault is thrown at the reading end
  writer.write(bytes).catch(() => {});
  writer.close().catch(() => {});
  const reader = stream.readable.getReader();
  const pieces = [];
  let size = 0;
  for (;;) {
    const { done, value: piece } = await reader.read();
    if (done) break;
    size += piece.length;
    if (size > most) {
      reader.cancel().catch(() => {});
      throw new Error(DAMAGED);
    }
    pieces.push(piece);
  }
  return new Uint8Array(await new Blob(pieces).arrayBuffer());
}

function toLetters(bytes) {
  const characters = Array.from(bytes, (byte) => String.fromCharCode(byte)).join("");
  return btoa(characters).replaceAll("+", "-").replaceAll("/", "_").replace(/=+$/, "");
}

function toBytes(letters) {
  const characters = atob(letters.replaceAll("-", "+").replaceAll("_", "/"));
  return Uint8Array.from(characters, (character) => character.charCodeAt(0));
}
