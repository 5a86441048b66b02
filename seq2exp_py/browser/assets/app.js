// The page of a run: igv.js above, a table of genes and elements to jump by below. All that it reads lies beside it.
"use strict";

const ROWS = 300; // rows drawn at once; filters narrow the rest
const ROOM = 5000; // bp shown on either side of what was asked for
const $ = (id) => document.getElementById(id);
const text = async (url) => {
  const answer = await fetch(url);
  if (!answer.ok) throw new Error(`${url}: ${answer.status} ${answer.statusText}`);
  return answer.text();
};
const fields = (body) => body.split("\n").filter((line) => line && !line.startsWith("#")).map((line) => line.split("\t"));
const records = (body) => {
  const [head, ...rows] = fields(body);
  return rows.map((row) => Object.fromEntries(head.map((name, i) => [name, row[i]])));
};
const number = (value) => (value === "NA" || value === "" ? NaN : Number(value));

const COLUMNS = {
  genes: [["name", "Gene"], ["place", "Place"], ["split", "Split"], ["predicted", "Predicted"], ["observed", "Observed"],
    ["residual", "Residual"], ["elements", "Elements"]],
  elements: [["name", "Gene"], ["place", "Place"], ["class", "Class"], ["mask", "Mask"], ["distance", "From TSS (bp)"], ["peak", "In peak"]],
};
const state = { page: null, browser: null, genes: [], byName: new Map(), rows: [], sort: ["", 1], request: 0 };

const place = (r) => `${r.chrom}:${(r.start + 1).toLocaleString("en")}-${r.end.toLocaleString("en")}`;

function readGenes(body) {
  return records(body).map((g) => ({ ...g, start: +g.start, end: +g.end, tss: +g.tss, name: g.gene_name || g.gene_id }));
}

async function geneRows(run) {
  const said = new Map(records(await text(state.page.tables[run].expression)).map((e) => [e.gene_id, e]));
  return state.genes.filter((g) => said.has(g.gene_id)).map((g) => {
    const e = said.get(g.gene_id);
    return { ...g, split: e.split, predicted: number(e.predicted), observed: number(e.observed), residual: number(e.residual),
      elements: number(e.n_elements), around: [g.tss - 10 * ROOM, g.tss + 10 * ROOM] };
  });
}

async function elementRows(run) {
  const url = state.page.tables[run].elements;
  return (url ? fields(await text(url)) : []).map((f) => {
    const [start, end] = [+f[1], +f[2]];
    const tss = state.byName.get(f[10])?.tss ?? start;
    return { chrom: f[0], start, end, name: f[9], gene_id: f[10], distance: +f[11], mask: +f[12], class: f[14], peak: f[15],
      around: [Math.min(start, tss) - ROOM, Math.max(end, tss) + ROOM] };
  });
}

async function go(chrom, start, end) {
  const size = state.page.chromosomes[chrom];
  const locus = `${chrom}:${Math.max(1, start + 1)}-${Math.min(size, end)}`;
  await state.browser.search(locus);
  history.replaceState(null, "", `#${locus}`);
  $("status").textContent = `At ${locus}`;
}

function parsePlace(query) {
  const found = /^(\S+?)(?::([\d,]+)(?:-([\d,]+))?)?$/.exec(query);
  const size = found && state.page.chromosomes[found[1]];
  if (!size) return null;
  const [start, end] = [found[2], found[3]].map((part) => part && Number(part.replaceAll(",", "")));
  if (!start) return [found[1], 0, size];
  return [found[1], start - 1 - (end ? 0 : ROOM), end || start + ROOM];
}

async function jump(query) {
  const gene = state.byName.get(query) ?? state.byName.get(query.toUpperCase());
  const where = gene ? [gene.chrom, gene.tss - 10 * ROOM, gene.tss + 10 * ROOM] : parsePlace(query);
  if (where && where[1] < where[2]) await go(...where);
  else $("status").textContent = `“${query}” is neither a gene nor a place of this genome`;
}

function passes(row) {
  const name = $("name").value.trim().toLowerCase();
  if (name && !`${row.name} ${row.gene_id}`.toLowerCase().includes(name)) return false;
  if ($("chrom").value && row.chrom !== $("chrom").value) return false;
  if ($("kind").value === "genes") return !$("split").value || row.split === $("split").value;
  return (!$("class").value || row.class === $("class").value) && row.mask >= +$("mask").value && Math.abs(row.distance) >= +$("distance").value;
}

function compare(a, b) {
  const [key, sign] = state.sort;
  const [x, y] = [a[key], b[key]];
  if (typeof x === "number") return Number.isNaN(x) - Number.isNaN(y) || sign * (x - y);
  return sign * String(x).localeCompare(String(y), "en", { numeric: true });
}

function cell(row, key) {
  const td = document.createElement("td");
  const value = key === "place" ? place(row) : row[key];
  const numeric = typeof value === "number";
  if (numeric) td.className = "number";
  td.textContent = !numeric ? value : Number.isNaN(value) ? "–" : Number.isInteger(value) ? value.toLocaleString("en") : value.toFixed(3);
  if (key === "class") {
    const swatch = document.createElement("span");
    swatch.className = "swatch";
    swatch.style.background = state.page.classes[value];
    td.prepend(swatch);
  }
  return td;
}

// Tab reaches one row, arrow keys the others: hundreds of rows are no hundreds of stops
function line(row, i) {
  const tr = document.createElement("tr");
  tr.tabIndex = i ? -1 : 0;
  tr.append(...COLUMNS[$("kind").value].map(([key]) => cell(row, key)));
  const there = () => go(row.chrom, ...row.around);
  tr.addEventListener("click", there);
  tr.addEventListener("keydown", (event) => {
    if (event.key === "Enter") there();
    const next = { ArrowDown: tr.nextElementSibling, ArrowUp: tr.previousElementSibling }[event.key];
    if (!next) return;
    event.preventDefault();
    [tr.tabIndex, next.tabIndex] = [-1, 0];
    next.focus();
  });
  return tr;
}

function heading([key, title]) {
  const th = document.createElement("th");
  th.scope = "col";
  if (state.sort[0] === key) th.ariaSort = state.sort[1] > 0 ? "ascending" : "descending";
  const button = document.createElement("button");
  button.type = "button";
  button.textContent = title;
  button.addEventListener("click", () => {
    state.sort = [key, state.sort[0] === key ? -state.sort[1] : 1];
    draw();
  });
  th.append(button);
  return th;
}

function draw() {
  const kept = state.rows.filter(passes);
  if (state.sort[0] === "place") kept.sort((a, b) => state.sort[1] * (a.chrom.localeCompare(b.chrom, "en", { numeric: true }) || a.start - b.start));
  else if (state.sort[0]) kept.sort(compare);
  const head = document.createElement("tr");
  head.append(...COLUMNS[$("kind").value].map(heading));
  $("table").tHead.replaceChildren(head);
  $("table").tBodies[0].replaceChildren(...kept.slice(0, ROWS).map(line));
  const shown = kept.length > ROWS ? `first ${ROWS} of ` : "";
  $("count").textContent = `${shown}${kept.length.toLocaleString("en")} of ${state.rows.length.toLocaleString("en")} ${$("kind").value}`;
}

async function list() {
  const kind = $("kind").value;
  const request = ++state.request; // an answer that comes after a later question is dropped
  for (const name of ["genes", "elements"]) document.querySelectorAll(`label.${name}`).forEach((l) => { l.hidden = name !== kind; });
  const rows = await (kind === "genes" ? geneRows : elementRows)($("run").value);
  if (request !== state.request) return;
  state.rows = rows;
  state.sort = ["", 1];
  draw();
}

function option(value, title = value) {
  return new Option(title, value);
}

function boxes(id, names) {
  for (const [value, title] of names) {
    const label = document.createElement("label");
    const box = Object.assign(document.createElement("input"), { type: "checkbox", value, checked: true });
    box.addEventListener("change", showTracks);
    label.append(box, ` ${title}`);
    $(id).append(label);
  }
  $(id).hidden = names.length < 2;
}

const chosen = (id) => new Set([...$(id).querySelectorAll("input:checked")].map((box) => box.value));

async function showTracks() {
  const [cells, models] = [chosen("cells"), chosen("models")];
  const wanted = state.page.tracks.filter((t) => (!t.cell || cells.has(t.cell)) && (!t.model || models.has(t.model)));
  const ids = new Set(wanted.map((t) => t.id));
  const there = new Set(state.browser.tracks.map((t) => t.id));
  const gone = state.page.tracks.filter((t) => there.has(t.id) && !ids.has(t.id));
  for (const t of gone) state.browser.tracks.filter((shown) => shown.id === t.id).forEach((shown) => state.browser.removeTrack(shown));
  await state.browser.loadTrackList(wanted.filter((t) => !there.has(t.id)));
}

const escaped = (value) => String(value).replace(/[&<>"']/g, (letter) => `&#${letter.charCodeAt(0)};`);

// What a click on a feature shows: igv.js would set names and values, which come from people's files, as HTML
function popup(track, shown) {
  const lines = (shown ?? []).map((one) => {
    if (one === "<hr>") return one;
    if (!one?.name) return `<div>${escaped(one?.html ? one.html.replace(/<[^>]*>/g, "") : one)}</div>`;
    return `<div title="${escaped(one.value)}"><span>${escaped(one.name)}</span>&nbsp;&nbsp;&nbsp;${escaped(one.value)}</div>`;
  });
  return lines.length ? lines.join("") : undefined;
}

function ordered(tracks) {
  return tracks.map((t, i) => ({ ...t, order: i + 1 }));
}

async function start() {
  const page = JSON.parse(await text("page.json"));
  state.page = { ...page, tracks: ordered(page.tracks) };
  state.genes = readGenes(await text(page.genes));
  for (const g of state.genes) for (const key of [g.gene_id, g.name, g.name.toUpperCase()]) state.byName.set(key, g);
  $("names").append(...state.genes.slice(0, 5000).map((g) => option(g.name)));
  boxes("cells", page.cells.map((c) => [c, c]));
  boxes("models", Object.entries(page.models));
  $("run").append(...Object.keys(page.tables).map((name) => option(name)));
  $("chrom").append(...Object.keys(page.chromosomes).map((name) => option(name)));
  $("class").append(...Object.keys(page.classes).map((name) => option(name)));
  $("jump").addEventListener("submit", (event) => { event.preventDefault(); jump($("query").value.trim()); });
  $("filters").addEventListener("submit", (event) => event.preventDefault());
  for (const id of ["kind", "run"]) $(id).addEventListener("change", list);
  for (const id of ["name", "chrom", "split", "class", "mask", "distance"]) $(id).addEventListener("input", draw);
  await list();
  state.browser = await igv.createBrowser($("browser"), {
    reference: page.reference, locus: location.hash.slice(1) || page.locus, tracks: state.page.tracks,
    search: false, loadDefaultGenomes: false, showChromosomeWidget: true, showSVGButton: true, showCursorTrackingGuideButton: false,
  });
  state.browser.on("trackclick", popup);
  $("status").textContent = `${state.page.tracks.length} tracks`;
  document.body.dataset.ready = "yes";
}

start().catch((error) => { $("status").textContent = `Cannot show this run: ${error.message}`; throw error; });
