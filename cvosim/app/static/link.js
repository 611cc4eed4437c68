// The state as a link, in the part of the address after "#": no server ever sees it there.
// Scenarios of the library stay readable; the text of an uploaded one is deflated.

const PREFIX = "set.";

/** The fragment of a state, without "#". */
export async function fragmentOf(state) {
  const found = new URLSearchParams();
  await putSource(found, "a", state.a);
  if (state.b !== null) await putSource(found, "b", state.b);
  found.set("n", String(state.customers));
  if (state.seed !== null) found.set("seed", JSON.stringify(state.seed));
  for (const [path, value] of Object.entries(state.changes)) {
    found.set(PREFIX + path, JSON.stringify(value));
  }
  return found.toString();
}

/** The state of a fragment, or null where it says none. Throws an Error with plain words. */
export async function stateOf(fragment, customers) {
  if (!fragment) return null;
  const found = new URLSearchParams(fragment);
  if (!found.has("a") && !found.has("a.text")) return null;
  try {
    return {
      a: await source(found, "a"),
      b: await source(found, "b"),
      changes: changesIn(found),
      customers: found.has("n") ? JSON.parse(found.get("n")) : customers,
      seed: found.has("seed") ? JSON.parse(found.get("seed")) : null,
    };
  } catch {
    throw new Error("This link is damaged: a part of it is missing. Shown is the start instead.");
  }
}

function changesIn(found) {
  const pairs = [...found].filter(([name]) => name.startsWith(PREFIX));
  return Object.fromEntries(pairs.map(([name, text]) => {
    return [name.slice(PREFIX.length), JSON.parse(text)];
  }));
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

async function source(found, side) {
  if (found.has(side)) return { library: found.get(side) };
  if (!found.has(`${side}.text`)) return null;
  const bytes = await through(
    new DecompressionStream("deflate-raw"), toBytes(found.get(`${side}.text`)),
  );
  const text = new TextDecoder("utf-8", { fatal: true }).decode(bytes);
  return { text, name: found.get(`${side}.name`) ?? "uploaded.yaml" };
}

async function through(stream, bytes) {
  const writer = stream.writable.getWriter();
  // both ends run together; a fault is thrown at the reading end
  writer.write(bytes).catch(() => {});
  writer.close().catch(() => {});
  return new Uint8Array(await new Response(stream.readable).arrayBuffer());
}

function toLetters(bytes) {
  const characters = Array.from(bytes, (byte) => String.fromCharCode(byte)).join("");
  return btoa(characters).replaceAll("+", "-").replaceAll("/", "_").replace(/=+$/, "");
}

function toBytes(letters) {
  const characters = atob(letters.replaceAll("-", "+").replaceAll("_", "/"));
  return Uint8Array.from(characters, (character) => character.charCodeAt(0));
}
