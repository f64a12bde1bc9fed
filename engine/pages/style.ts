/**
 * Small on purpose: no script, no font, nothing from elsewhere but the brand's logo; readable without styles too. Text on paper and on
 * card has a contrast of at least 4.5 in both schemes, borders of controls and the focus ring at least 3.
 */
export const STYLE = `
:root{color-scheme:light dark;--paper:#f4f5f7;--card:#fff;--ink:#16181d;--soft:#565d6b;--line:#dfe2e8;--edge:#868e9e;--act:#2b4fd8;--act-ink:#fff;--ring:#5f7cf0;--well:#f1f4ff;--good:#e8f6ee;--good-line:#3f8f63;--bad:#fdf0ee;--bad-line:#c0392b}
@media(prefers-color-scheme:dark){:root{--paper:#121419;--card:#1b1e25;--ink:#f1f3f7;--soft:#a7afbd;--line:#323743;--edge:#6f778a;--act:#8ea4ff;--act-ink:#0d1430;--ring:#c3cfff;--well:#222838;--good:#16291f;--good-line:#57a77a;--bad:#2c1a19;--bad-line:#e57368}}
*{box-sizing:border-box}
html{-webkit-text-size-adjust:100%}
body{margin:0;min-height:100vh;min-height:100dvh;display:grid;align-content:center;justify-items:center;gap:1.25rem;padding:1.25rem;background:var(--paper);color:var(--ink);
font:1rem/1.55 system-ui,-apple-system,"Segoe UI",Roboto,"Helvetica Neue",Arial,"PingFang SC","Hiragino Sans","Apple SD Gothic Neo","Noto Sans CJK SC",sans-serif}
:lang(ja){font-family:system-ui,-apple-system,"Hiragino Sans","Noto Sans CJK JP","Yu Gothic",sans-serif}
:lang(ko){font-family:system-ui,-apple-system,"Apple SD Gothic Neo","Malgun Gothic","Noto Sans CJK KR",sans-serif;word-break:keep-all}
.brand{display:grid;justify-items:center;gap:.5rem;max-width:100%;font-weight:650;text-align:center;overflow-wrap:anywhere}
.brand img{width:12rem;max-width:100%;height:3rem;object-fit:contain}
@media(prefers-color-scheme:dark){.brand img{padding:.25rem;border-radius:.5rem;background:#fff;color:#16181d}}
main{width:100%;max-width:27rem;background:var(--card);border:1px solid var(--line);border-radius:1rem;padding:clamp(1.5rem,6vw,2.5rem);
box-shadow:0 1px 2px rgb(0 0 0/.04),0 12px 32px -16px rgb(0 0 0/.18)}
main.wide{max-width:36rem}
h1{margin:0 0 .625rem;font-size:1.5rem;line-height:1.25;letter-spacing:-.015em;text-wrap:balance}
p{margin:0;color:var(--soft);overflow-wrap:anywhere;text-wrap:pretty}
strong{color:var(--ink);font-weight:600}
form{display:grid;gap:.75rem;margin-top:1.75rem}
button{width:100%;min-height:3rem;padding:.625rem 1rem;border:1px solid var(--act);border-radius:.625rem;background:var(--act);color:var(--act-ink);
font:inherit;font-weight:600;cursor:pointer;overflow-wrap:anywhere}
button.quiet{background:transparent;border-color:var(--edge);color:var(--ink)}
button:hover{filter:brightness(1.08)}
button.quiet:hover{background:var(--well);filter:none}
:focus-visible{outline:3px solid var(--ring);outline-offset:2px}
p+.away{margin-top:1.25rem}
a{color:inherit;text-underline-offset:.2em}
.result{margin:0 0 1.25rem;padding:.75rem 1rem;border:1px solid var(--good-line);border-radius:.625rem;background:var(--good);color:var(--ink);font-weight:600}
.wrong{border-color:var(--bad-line);border-left-width:.375rem;background:var(--bad);font-weight:400}
h2{margin:0 0 .25rem;font-size:1.0625rem;line-height:1.375}
.wrong ul{margin:0;padding:0;list-style:none}
form.choices{gap:2rem}
fieldset{margin:0;padding:0;border:0;min-width:0}
legend,.head{display:block;padding:0;margin:0 0 .25rem;font-size:1.0625rem;font-weight:650;color:var(--ink)}
.hint{font-size:.9375rem;margin-bottom:.375rem}
.row{display:grid;grid-template-columns:auto 1fr;column-gap:.75rem;align-items:start;min-height:2.75rem;padding:.6875rem .75rem;margin:0 -.75rem;border-radius:.625rem;cursor:pointer;overflow-wrap:anywhere}
.row:hover{background:var(--well)}
.row:has(:disabled){cursor:default}
.row:has(:disabled):hover{background:none}
.row>span{line-height:1.375}
.row small{display:block;margin-top:.125rem;font-size:.875rem;color:var(--soft)}
input{width:1.25rem;height:1.25rem;margin:.0625rem 0;accent-color:var(--act);cursor:inherit}
.field{display:grid;gap:.25rem}
.field .hint{margin:0}
select{width:100%;min-height:3rem;margin-top:.25rem;padding:.5rem 2.5rem .5rem .875rem;border:1px solid var(--edge);border-radius:.625rem;color:inherit;font:inherit;cursor:pointer;text-overflow:ellipsis;
appearance:none;background:linear-gradient(45deg,transparent 50%,var(--soft) 50%) calc(100% - 1.25rem) 55%/.375rem .375rem no-repeat,linear-gradient(-45deg,transparent 50%,var(--soft) 50%) calc(100% - .875rem) 55%/.375rem .375rem no-repeat,var(--card)}
option{background:var(--card);color:var(--ink)}
.actions{display:grid;gap:.75rem}
.leave{display:grid;gap:.5rem;margin-top:1.75rem;padding-top:1.75rem;border-top:1px solid var(--line)}
.leave .hint{margin:0;text-align:center}
nav{width:100%;max-width:36rem;font-size:.9375rem;color:var(--soft)}
nav ul{display:flex;flex-wrap:wrap;justify-content:center;gap:.125rem .25rem;margin:0;padding:0;list-style:none}
nav a{display:inline-block;padding:.5rem .625rem;border-radius:.5rem;text-decoration:none}
nav a:hover{text-decoration:underline}
nav a[aria-current]{color:var(--ink);font-weight:600}
@media(prefers-reduced-motion:no-preference){html{scroll-behavior:smooth}button,.row{transition:background-color .12s ease-out}}
@media(forced-colors:active){.result{border:2px solid}select{appearance:auto;background:none}}
`;
