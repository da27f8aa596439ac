// Reads sequence diagrams with Mermaid's own preprocessor and parser, and says what it read.
//
//   node check.mjs < LINES
//
// Every line of the input is one JSON object { "name": …, "text": … }; for each, in the same order, one line of JSON comes
// out: { "name", "units", "actors": [label], "lines": [line] }, or { "name", "error" }. A line is
// { "arrow", "from", "to", "text" }, { "note": [from, to], "text" } or { "frame", "text" }; actors are given by their place.
// Texts are as a reader sees them.
import { createInterface } from 'node:readline';
import { JSDOM } from 'jsdom';

const dom = new JSDOM('<!doctype html><html><body></body></html>');
for (const name of ['document', 'Option', 'HTMLElement', 'Element', 'Node', 'SVGElement', 'DOMParser', 'NodeFilter']) {
  globalThis[name] ??= dom.window[name];
}
globalThis.window ??= dom.window;

const { default: mermaid } = await import('mermaid');
mermaid.initialize({ startOnLoad: false, logLevel: 'fatal' });

const ARROWS = {
  SOLID: '->>', DOTTED: '-->>', SOLID_POINT: '-)', DOTTED_POINT: '--)', SOLID_CROSS: '-x', DOTTED_CROSS: '--x',
};

// Mermaid keeps `#35;` as `ﬂ°°35¶ß` and `#lt;` as `ﬂ°lt¶ß` until it draws, and gives the rest to the browser as HTML does.
const decoder = document.createElement('textarea');
function seen(text) {
  const entities = String(text ?? '').replace(/&/g, '&amp;').replace(/ﬂ°°/g, '&#').replace(/ﬂ°/g, '&').replace(/¶ß/g, ';');
  decoder.innerHTML = entities.replace(/</g, '&lt;');
  return decoder.value;
}

async function read({ name, text }) {
  await mermaid.parse(text);
  const { type, db } = await mermaid.mermaidAPI.getDiagramFromText(text);
  if (type !== 'sequence') throw new Error(`a ${type} diagram`);
  const kinds = Object.fromEntries(Object.entries(db.LINETYPE).map(([kind, number]) => [number, kind]));
  const actors = [...db.getActors()];
  const places = Object.fromEntries(actors.map(([id], place) => [id, place]));
  const lines = db.getMessages().map((message) => {
    const kind = kinds[message.type];
    const text = seen(message.message);
    if (kind === 'NOTE') return { note: [places[message.from], places[message.to]], text };
    if (ARROWS[kind]) return { arrow: ARROWS[kind], from: places[message.from], to: places[message.to], text };
    return { frame: kind, text };
  });
  return { name, units: text.length, actors: actors.map(([, actor]) => seen(actor.description)), lines };
}

for await (const line of createInterface({ input: process.stdin })) {
  const diagram = JSON.parse(line);
  const said = await read(diagram).catch((error) => ({ name: diagram.name, error: String(error?.message ?? error) }));
  console.log(JSON.stringify(said));
}
