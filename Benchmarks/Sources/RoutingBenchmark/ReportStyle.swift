// SPDX-License-Identifier: Apache-2.0

/// How the report looks: on a screen of any width, light and dark, and on paper.
enum ReportStyle {
    static let css = """
        :root{color-scheme:light dark;--ink:#1b1d22;--soft-ink:#5a5f6b;--paper:#fff;--line:#dcdfe6;--panel:#f5f6f9;--ours:#2458b3;
        --other:#a9b0bd;--good:#1c7a46;--bad:#b3341f;--s0:#8a6d1d;--s1:#a0408f;--s2:#2f7f86;--s3:#b3541f;--s4:#5b5fc7;--s5:#6b7280}
        @media(prefers-color-scheme:dark){:root{--ink:#e9eaee;--soft-ink:#a2a8b4;--paper:#14161a;--line:#343842;--panel:#1d2026;
        --ours:#7fb0ff;--other:#5d6472;--good:#5fce90;--bad:#ff8f78;--s0:#d9b64c;--s1:#e38ad4;--s2:#63c3cb;--s3:#f0995f;--s4:#a5a8ff;--s5:#9aa1ad}}
        *{box-sizing:border-box}
        body{margin:0;background:var(--paper);color:var(--ink);font:16px/1.55 system-ui,-apple-system,"Segoe UI",sans-serif}
        main{max-width:72rem;margin:0 auto;padding:1.2rem clamp(1rem,4vw,2.5rem) 4rem}
        .kicker{color:var(--soft-ink);font-size:.85rem;margin:0;overflow-wrap:anywhere}
        h1{font-size:clamp(1.6rem,5vw,2.5rem);line-height:1.15;margin:.3rem 0 .8rem;letter-spacing:-.01em}
        h2{font-size:1.3rem;line-height:1.25;margin:2.6rem 0 .6rem;padding-top:1rem;border-top:1px solid var(--line)}
        .lead{font-size:1.08rem;max-width:52rem}.note,.question{color:var(--soft-ink);margin:1.2rem 0 .5rem}
        p{max-width:52rem}
        .cards{display:grid;grid-template-columns:repeat(auto-fit,minmax(10.2rem,1fr));gap:.7rem}
        .card{background:var(--panel);border-radius:8px;padding:.7rem .9rem;border-top:3px solid var(--other)}
        .card b{display:block;font-size:1.6rem;line-height:1.2}.card span{display:block;font-size:.85rem;font-weight:600;line-height:1.3}
        .card small{color:var(--soft-ink)}.card.good{border-color:var(--good)}.card.good b{color:var(--good)}
        .card.bad{border-color:var(--bad)}.card.bad b{color:var(--bad)}
        .findings{list-style:none;padding:0;margin:0}
        .findings li{display:grid;grid-template-columns:9.5rem 1fr;gap:.1rem 1rem;padding:.7rem 0;border-bottom:1px solid var(--line)}
        .findings li>:last-child{grid-column:2;color:var(--soft-ink)}
        .verdict{font-size:.8rem;font-weight:700;white-space:nowrap;justify-self:start;align-self:start;border:1.5px solid;border-radius:1rem;padding:.02rem .6rem}
        .verdict.holds{color:var(--good)}.verdict.fails{color:var(--bad)}.verdict.unclear{color:var(--soft-ink)}
        @media(max-width:40rem){.findings li{grid-template-columns:1fr}.findings li>:last-child{grid-column:1}}
        .wide{overflow-x:auto;margin:.8rem 0}
        table{border-collapse:collapse;font-size:.85rem;min-width:100%;font-variant-numeric:tabular-nums}
        th,td{border-bottom:1px solid var(--line);padding:.35rem .6rem;text-align:right;vertical-align:top}
        thead th{vertical-align:bottom;min-width:6.5rem}th[scope=row]{text-align:left;font-weight:400;min-width:9rem}
        th[scope=row],tr>:first-child{position:sticky;left:0;background:var(--paper)}
        .group th{text-align:left;padding-top:1rem;font-weight:700}td{white-space:nowrap}
        .text td,.text th{text-align:left}.text td{white-space:normal}small{color:var(--soft-ink)}
        .charts{display:grid;grid-template-columns:repeat(auto-fill,minmax(min(100%,20rem),1fr));gap:.9rem;margin:1rem 0;align-items:start}
        svg{width:100%;height:auto;background:var(--panel);border-radius:8px;display:block}
        svg text{fill:var(--ink);font:11px system-ui,-apple-system,"Segoe UI",sans-serif}
        svg .title{font-size:13px;font-weight:600}svg .value{font-variant-numeric:tabular-nums}
        svg .other{fill:var(--other)}rect.ours{fill:var(--ours)}svg .whisker{stroke:var(--ink);stroke-width:1.2;fill:none}
        svg .grid{stroke:var(--line);stroke-width:1}.series .line{fill:none;stroke:var(--c);stroke-width:2}
        .series circle{fill:var(--c)}.series .band{fill:var(--c);opacity:.14}.series.ours{--c:var(--ours)}.series.ours .line{stroke-width:3}
        .s0{--c:var(--s0)}.s1{--c:var(--s1)}.s2{--c:var(--s2)}.s3{--c:var(--s3)}.s4{--c:var(--s4)}.s5{--c:var(--s5)}
        summary{cursor:pointer;font-weight:600;margin:.6rem 0}
        dl{columns:22rem auto;column-gap:2.5rem}dt{font-weight:600;font-size:.9rem;break-after:avoid}
        dd{margin:0 0 .7rem;font-size:.9rem;color:var(--soft-ink);break-inside:avoid}code{overflow-wrap:anywhere;font-size:.85em}
        @media print{details::details-content{content-visibility:visible;block-size:auto}body{font-size:10.5pt}main{max-width:none;padding:0}.charts{grid-template-columns:repeat(2,1fr)}
        svg,.card,.findings li,tr{break-inside:avoid}h2{break-after:avoid}.wide{overflow:visible}
        table{font-size:7.5pt}th,td{padding:.2rem .3rem}td{white-space:normal}thead th{min-width:0}
        th[scope=row],tr>:first-child{position:static}}
        """
}
