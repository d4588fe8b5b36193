"""The style sheet of the HTML report: light and dark from the same tokens, contrast AA or better."""

CSS = """
:root{--back:#fff;--text:#1c1e21;--soft:#5a6069;--line:#d9dce1;--box:#f5f6f8;
--passed:#1a6b35;--failed:#b3261e;--unclear:#7a5600;--not-run:#5a6069}
@media (prefers-color-scheme:dark){:root{--back:#15171a;--text:#e4e6ea;--soft:#a0a7b1;--line:#33383f;--box:#1d2025;
--passed:#6fce8d;--failed:#ff8a80;--unclear:#e2b84d;--not-run:#a0a7b1}}
*{box-sizing:border-box}
body{margin:0;background:var(--back);color:var(--text);font:15px/1.5 system-ui,sans-serif}
main{max-width:60rem;margin:0 auto;padding:1.5rem 1rem 4rem}
h1{font-size:1.4rem;margin:0 0 .25rem}h2{font-size:1.05rem;margin:2rem 0 .5rem}
h3{font-size:.8rem;margin:1rem 0 .25rem;color:var(--soft)}
code,pre{font:13px/1.5 ui-monospace,monospace;font-variant-numeric:tabular-nums}
pre{margin:0;white-space:pre-wrap;overflow-wrap:anywhere}
p{max-width:72ch;margin:.25rem 0}
.sums{display:flex;flex-wrap:wrap;gap:1rem;font-weight:600}
.facts{display:flex;flex-wrap:wrap;gap:.25rem 1.5rem;margin:.5rem 0;color:var(--soft)}
.facts div{display:flex;gap:.5rem}dd{margin:0}
.check,main>section>details{border-top:1px solid var(--line);padding:.4rem 0}
summary{cursor:pointer}
.mark,.word{font-weight:600}.word{font-size:.8rem}.claim{color:var(--soft)}
.passed{color:var(--passed)}.failed{color:var(--failed)}.unclear{color:var(--unclear)}.not-run{color:var(--not-run)}
.reason{color:var(--soft);margin-left:1.25rem}
.sides{display:grid;grid-template-columns:repeat(auto-fit,minmax(15rem,1fr));gap:1rem;margin:.5rem 0}
.sides>div{border-left:3px solid var(--line);padding-left:.75rem}.sides .got{border-color:var(--failed)}
.sides h3{margin-top:0}
.command,.more pre{background:var(--box);padding:.5rem .75rem}
.more{margin-top:.75rem}
.race{max-width:100%;height:auto;font:11px ui-monospace,monospace}.race text{fill:var(--text)}
.bar{fill:var(--soft)}.s2{fill:var(--passed)}.s5,.sn{fill:var(--failed)}
"""
