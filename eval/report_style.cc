#include "eval/report_style.h"

namespace fsc {

const char kReportCss[] = R"css(
:root{color-scheme:light dark;--bg:#fff;--card:#f6f7f9;--ink:#1a1d21;--soft:#5b636d;--rule:#d9dde3;--good:#0a7a3d;--bad:#b3261e;--warn:#8a5a00;
--s0:#1f6feb;--s1:#d1480c;--s2:#1a7f4b;--s3:#8f3fc4;--s4:#b8860b;--s5:#0e8a9a;--s6:#c2255c;--s7:#5f6b7a}
@media(prefers-color-scheme:dark){:root{--bg:#111418;--card:#1a1e24;--ink:#e6e9ed;--soft:#9aa4b0;--rule:#323942;--good:#4cc38a;--bad:#ff7b72;--warn:#e3b341;
--s0:#6cb0ff;--s1:#ff9a5c;--s2:#5fd08f;--s3:#cf9bff;--s4:#e8c34a;--s5:#58cfdf;--s6:#ff8cb3;--s7:#aab6c4}}
*{box-sizing:border-box}
body{margin:0 auto;max-width:1240px;padding:1rem;background:var(--bg);color:var(--ink);font:15px/1.5 system-ui,-apple-system,"Segoe UI",Roboto,"DejaVu Sans",sans-serif}
h1{font-size:1.6rem;line-height:1.2;margin:.4rem 0}
h2{font-size:1.25rem;margin:2.2rem 0 .6rem;padding-bottom:.25rem;border-bottom:1px solid var(--rule)}
h3{font-size:1.05rem;margin:1.4rem 0 .5rem}
h3 small{font-weight:400;color:var(--soft)}
p{margin:.4rem 0}.soft{color:var(--soft)}
nav{display:flex;flex-wrap:wrap;gap:.3rem 1rem;margin:.6rem 0}
a{color:var(--s0)}
.tiles{display:flex;flex-wrap:wrap;gap:.6rem;margin:1rem 0;padding:0;list-style:none}
.tiles li{background:var(--card);border-radius:8px;padding:.5rem .9rem;min-width:6.5rem;color:var(--soft);font-size:.85rem}
.tiles b{display:block;font-size:1.35rem;line-height:1.2;color:var(--ink)}
.grid-of-charts{display:grid;grid-template-columns:repeat(auto-fill,minmax(min(100%,340px),1fr));gap:.8rem}
figure{margin:0;background:var(--card);border-radius:8px;padding:.6rem}
figcaption{font-size:.88rem;font-weight:600;margin-bottom:.2rem}
.chart svg{display:block;width:100%;height:auto}
svg text{font-size:11px;fill:var(--soft)}svg text.label{font-size:11.5px;fill:var(--ink)}
.grid{stroke:var(--rule);stroke-width:.7}.axis{stroke:var(--soft);fill:none}.level{stroke:var(--soft);stroke-dasharray:5 4}
.line{fill:none;stroke:var(--c);stroke-width:1.8;stroke-linejoin:round}.dash .line{stroke-dasharray:6 3}
.pt,.key{fill:var(--c)}.hit{fill:transparent}.pt{cursor:pointer;outline:none}
.dense .pt>:last-child{opacity:0}.dense .pt:hover>:last-child,.dense .pt:focus>:last-child{opacity:1}
.pt:hover>:last-child,.pt:focus>:last-child{stroke:var(--ink);stroke-width:2}
.s0{--c:var(--s0)}.s1{--c:var(--s1)}.s2{--c:var(--s2)}.s3{--c:var(--s3)}.s4{--c:var(--s4)}.s5{--c:var(--s5)}.s6{--c:var(--s6)}.s7{--c:var(--s7)}
.readout{display:block;min-height:2.9em;font-size:.82rem;line-height:1.4;color:var(--soft)}
.legend{display:flex;flex-wrap:wrap;gap:.15rem 1.1rem;list-style:none;padding:0;margin:.4rem 0 .6rem;font-size:.88rem}
.legend svg{width:26px;height:12px;margin-right:.4rem;vertical-align:-1px}
.scroll{overflow-x:auto;margin:.5rem 0}
table{border-collapse:collapse;font-size:.86rem;font-variant-numeric:tabular-nums}
th,td{padding:.28rem .6rem;border-bottom:1px solid var(--rule);text-align:right;white-space:nowrap}
th{font-weight:600;vertical-align:bottom;white-space:normal;min-width:3.6rem}td small{display:block;color:var(--soft);font-weight:400}.failed{padding-left:1.2rem;overflow-wrap:anywhere}.l{text-align:left}tr.mean td{font-weight:600;border-top:2px solid var(--rule)}
.good{color:var(--good)}.bad{color:var(--bad)}.warn{color:var(--warn)}sup{font-size:.7em}
.notes{font-size:.84rem;color:var(--soft);padding-left:1.4rem}
.bar{display:flex;height:1.1rem;border-radius:3px;overflow:hidden;min-width:12rem;background:var(--rule)}
.bar i{display:block;background:var(--c)}.swatch{display:inline-block;width:.8em;height:.8em;border-radius:2px;background:var(--c);margin-right:.35rem;vertical-align:-1px}
.pictures{display:grid;grid-template-columns:repeat(auto-fill,minmax(min(100%,280px),1fr));gap:.8rem}
.pictures img{width:100%;height:auto;border-radius:4px;display:block;margin-bottom:.35rem}
.pictures figcaption{font-weight:400;margin:0}
pre{background:var(--card);border-radius:8px;padding:.7rem;overflow-x:auto;font-size:.8rem;line-height:1.45}
details{margin:.6rem 0}summary{cursor:pointer;color:var(--s0)}
@media(max-width:480px){body{padding:.7rem}h1{font-size:1.35rem}th,td{padding:.25rem .4rem}}
)css";

const char kReportScript[] = R"js(
for (const kind of ["mouseover", "focusin", "click"])
  document.addEventListener(kind, event => {
    const point = event.target.closest && event.target.closest(".pt");
    if (point) point.closest("figure").querySelector(".readout").textContent = point.dataset.tip;
  });
)js";

}  // namespace fsc
