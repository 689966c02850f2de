"""How a page looks: one column on a phone, figures in pairs at a desk, black on white on paper."""

CSS = """
:root {
  color-scheme: light dark;
  --paper: #fff; --ink: #1b1f24; --quiet: #57606a; --rule: #d0d7de; --wash: #f3f5f7;
  --series-1: #0072b2; --series-2: #d55e00; --series-3: #00855f; --series-4: #9b4f96; --series-5: #7d6a00;
}
@media screen and (prefers-color-scheme: dark) {
  :root {
    --paper: #14171b; --ink: #e6e9ec; --quiet: #a3acb6; --rule: #3a424b; --wash: #1e2329;
    --series-1: #58b4f0; --series-2: #ff9a52; --series-3: #3fcf9f; --series-4: #dc9ad6; --series-5: #d9c24a;
  }
}
* { box-sizing: border-box; }
body {
  margin: 0 auto; padding: 1rem; max-width: 62rem; overflow-wrap: anywhere;
  background: var(--paper); color: var(--ink);
  font: 1rem/1.5 system-ui, -apple-system, "Segoe UI", Roboto, sans-serif;
}
h1 { font-size: 1.6rem; line-height: 1.25; margin: .5rem 0 .25rem; }
h2 { font-size: 1.2rem; margin: 2.2rem 0 .6rem; padding-bottom: .2rem; border-bottom: 1px solid var(--rule); }
.lead, figcaption, caption, small, dt { color: var(--quiet); }
.lead { margin: 0; }
.text { max-width: 44rem; margin: .6rem 0; }
dl { display: grid; gap: .6rem; grid-template-columns: repeat(auto-fill, minmax(9.5rem, 1fr)); }
dl > div { background: var(--wash); border-radius: .4rem; padding: .5rem .7rem; }
dt { font-size: .85rem; }
dd { margin: 0; font-variant-numeric: tabular-nums; }
dd small { display: block; }
a { color: var(--series-1); text-underline-offset: .15em; }
:focus-visible { outline: 2px solid var(--series-1); outline-offset: 2px; }
pre { background: var(--wash); border-radius: .4rem; padding: .6rem .8rem; }
pre { overflow-x: auto; user-select: all; }
ul { padding-left: 1.2rem; }
.list, .legend { list-style: none; padding: 0; }
.list { margin: 0; }
.list li { padding: .5rem 0; }
.list li + li { border-top: 1px solid var(--rule); }
.list small { display: block; }
.state { float: right; font-size: .85rem; color: var(--quiet); }
.state.open { color: var(--series-3); font-weight: 600; }
.legend { margin: .3rem 0; font-size: .875rem; }
.legend li { display: grid; grid-template-columns: 2.4rem minmax(0, 1fr); gap: .5rem; align-items: center; }
.figures { display: grid; gap: 1.2rem; grid-template-columns: minmax(0, 1fr); }
@media (min-width: 44rem) { .figures { grid-template-columns: repeat(2, minmax(0, 1fr)); } }
figure { margin: .6rem 0; max-width: 30rem; min-width: 0; }
svg { display: block; width: 100%; height: auto; }
figcaption { font-size: .875rem; line-height: 1.4; margin-top: .3rem; }
.wide { overflow-x: auto; margin: .8rem 0; }
table { border-collapse: separate; border-spacing: 0; font-size: .9rem; font-variant-numeric: tabular-nums; }
caption { text-align: left; font-size: .875rem; padding-bottom: .4rem; }
caption, tbody th { position: sticky; left: 0; }
caption { max-width: calc(100vw - 2rem); }
th, td { padding: .3rem .7rem .3rem 0; border-top: 1px solid var(--rule); vertical-align: top; }
th, td { text-align: left; }
thead th { font-weight: 600; white-space: nowrap; border-top: 0; vertical-align: bottom; }
.numbers :is(td, thead th + th) { text-align: right; overflow-wrap: normal; }
tbody th { font-weight: 400; min-width: 9.5rem; max-width: 22rem; background: var(--paper); }
:is(th, td) small { display: block; font-size: .8rem; }
td small { white-space: nowrap; }
summary { cursor: pointer; margin: .6rem 0; }
form { display: flex; flex-wrap: wrap; gap: .5rem; margin: .6rem 0; }
label { flex-basis: 100%; font-size: .9rem; }
input, button {
  font: inherit; color: inherit; background: var(--paper);
  padding: .4rem .7rem; border: 1px solid var(--quiet); border-radius: .4rem;
}
input { flex: 1 1 12rem; min-width: 0; max-width: 32rem; }
button { background: var(--wash); cursor: pointer; }
@media print {
  :root { font-size: 9.5pt; }
  body { max-width: none; padding: 0; }
  h2 { break-after: avoid; }
  figure, tr, dl > div { break-inside: avoid; }
  .figures { grid-template-columns: 1fr 1fr; }
  .wide { overflow: visible; }
  caption, tbody th { position: static; max-width: none; }
  details::details-content { content-visibility: visible; block-size: auto; }
  summary { list-style: none; }
}
"""
