/** How on-site messages look. Text has a contrast of at least 4.5 in both schemes, borders of controls and the focus ring at least 3; sides are logical, for languages written from the right. */
export const STYLE = String.raw`
:host{all:initial}
*{box-sizing:border-box}
[hidden]{display:none!important}
.look{--paper:#fff;--ink:#16181d;--soft:#535a68;--line:#e3e6ec;--edge:#868e9e;--well:#f4f5f8;--act:#3b4fd8;--act-ink:#fff;--ring:#2f49d1;--bad:#b42318;--shadow:0 0 0 1px rgb(16 18 27/.06),0 2px 6px rgb(16 18 27/.06),0 18px 48px -12px rgb(16 18 27/.28);--radius:16px;
font:400 16px/1.5 system-ui,-apple-system,"Segoe UI",Roboto,"Helvetica Neue",Arial,"PingFang SC","Hiragino Sans","Apple SD Gothic Neo","Noto Sans CJK SC",sans-serif;color:var(--ink);color-scheme:light;text-align:start;-webkit-font-smoothing:antialiased}
.look[data-theme=dark]{--paper:#1c1f27;--ink:#f2f4f8;--soft:#aab2c1;--line:#343a47;--edge:#78818f;--well:#262a35;--act:#93a4ff;--act-ink:#10142b;--ring:#c3ceff;--bad:#ff9b90;--shadow:0 0 0 1px rgb(255 255 255/.09),0 18px 48px -8px rgb(0 0 0/.7);color-scheme:dark}
@media(prefers-color-scheme:dark){.look[data-theme=auto]{--paper:#1c1f27;--ink:#f2f4f8;--soft:#aab2c1;--line:#343a47;--edge:#78818f;--well:#262a35;--act:#93a4ff;--act-ink:#10142b;--ring:#c3ceff;--bad:#ff9b90;--shadow:0 0 0 1px rgb(255 255 255/.09),0 18px 48px -8px rgb(0 0 0/.7);color-scheme:dark}}
h2,h3,p,fieldset,legend{margin:0;padding:0;border:0;min-width:0;overflow-wrap:anywhere}
h2,legend{font-size:20px;line-height:1.3;font-weight:680;letter-spacing:-.012em;color:var(--ink);text-wrap:balance}
legend{font-size:17px}
h2+fieldset legend,p+fieldset legend{font-weight:600}
h3{font-size:15px;line-height:1.4;font-weight:650}
p{color:var(--soft);white-space:pre-line;text-wrap:pretty}
:is(h2,h3)+p{margin-top:6px}
p+p{margin-top:10px}
section,dialog{position:relative;background:var(--paper);color:var(--ink);border:0;border-radius:var(--radius);box-shadow:var(--shadow)}
img{display:block;width:100%;object-fit:cover;background:var(--well)}
.body{min-width:0}
.buttons{display:flex;flex-wrap:wrap;gap:10px;margin-top:20px}
button,a{font:inherit;color:inherit;-webkit-tap-highlight-color:transparent}
.act,.quiet{display:inline-flex;align-items:center;justify-content:center;min-height:44px;padding:9px 20px;border-radius:calc(var(--radius)*.65);border:1px solid var(--act);background:var(--act);color:var(--act-ink);font-weight:600;line-height:1.3;text-decoration:none;text-align:center;cursor:pointer;overflow-wrap:anywhere}
.quiet{background:transparent;border-color:var(--edge);color:var(--ink)}
.act:hover{filter:brightness(1.08)}
.quiet:hover{background:var(--well)}
button:disabled{opacity:.55;cursor:default}
:focus-visible{outline:3px solid var(--ring);outline-offset:2px}
dialog:focus{outline:none}
[tabindex="-1"]:focus{outline:none}
.close{position:absolute;inset-block-start:10px;inset-inline-end:10px;display:grid;place-items:center;width:36px;height:36px;padding:0;border:0;border-radius:50%;background:transparent;color:var(--soft);cursor:pointer}
.close:hover{background:var(--well);color:var(--ink)}
.close svg{width:20px;height:20px;stroke:currentColor;stroke-width:1.8;stroke-linecap:round}
.pictured>.close{background:rgb(255 255 255/.92);color:#16181d;box-shadow:0 1px 4px rgb(0 0 0/.25)}
.pictured>.close:hover{background:#fff}
.banner{position:fixed;z-index:2147483000;inset-inline:16px;margin-inline:auto;max-width:880px;padding:16px 60px 16px 24px;padding-inline:24px 60px}
.banner.bottom{inset-block-end:max(16px,env(safe-area-inset-bottom))}
.banner:not(.bottom){inset-block-start:max(16px,env(safe-area-inset-top))}
.banner h2{font-size:17px}
.banner .body{display:grid;grid-template-columns:1fr auto;column-gap:24px;align-items:center}
.banner .body>*{grid-column:1}
.banner .buttons{grid-column:2;grid-row:1/span 9;margin:0;flex-wrap:nowrap}
.banner :is(form,fieldset){grid-column:1/-1;margin-top:14px}
.banner :is(h2)+p{margin-top:2px}
.banner>.close{inset-block-start:50%;translate:0 -50%}
.banner.asks{max-width:600px}
.banner.asks>.close,.banner:has(form)>.close,.banner:has(.thanks)>.close{inset-block-start:10px;translate:none}
.banner.pictured{padding-inline-start:16px;display:grid;grid-template-columns:72px 1fr;gap:18px;align-items:center}
.banner.pictured img{height:72px;border-radius:calc(var(--radius)*.6)}
.banner.pictured>.close{background:transparent;color:var(--soft);box-shadow:none}
.slideIn{position:fixed;z-index:2147483000;inset-block-end:max(20px,env(safe-area-inset-bottom));width:min(380px,calc(100vw - 32px));max-height:calc(100dvh - 40px);overflow:auto}
.slideIn:not(.start){inset-inline-end:20px}
.slideIn.start{inset-inline-start:20px}
.slideIn>.body,.inline>.body{padding:24px}
:is(.slideIn,.inline):not(.pictured)>.body>:is(h2,p):first-child,.body>fieldset:first-child>legend{padding-inline-end:30px}
.slideIn img{height:172px}
dialog{width:min(480px,calc(100vw - 32px));max-height:calc(100dvh - 32px);margin:auto;padding:0;overflow:auto}
dialog::backdrop{background:rgb(14 16 24/.55)}
dialog>.body{padding:32px}
dialog:not(.pictured)>.body>:is(h2,p):first-child{padding-inline-end:28px}
dialog h2{font-size:24px;letter-spacing:-.018em}
dialog img{height:220px}
dialog.asks{width:min(540px,calc(100vw - 32px))}
dialog .buttons>*{flex:1 1 auto}
.inline{display:block;overflow:hidden;box-shadow:none;border:1px solid var(--line)}
.inline.pictured{display:grid;grid-template-columns:minmax(0,2fr) minmax(0,3fr);align-items:stretch}
.inline.pictured img{height:100%;min-height:180px}
.inline.pictured>.close{background:transparent;color:var(--soft);box-shadow:none}
.inline.pictured>.body{padding-inline-end:56px;align-self:center}
form{display:grid;gap:14px;margin-top:20px}
.field{display:grid;gap:6px}
label{font-size:14px;font-weight:600;color:var(--ink)}
input:not([type=checkbox]),textarea{width:100%;min-height:46px;padding:10px 14px;border:1px solid var(--edge);border-radius:calc(var(--radius)*.6);background:var(--paper);color:var(--ink);font:inherit}
input[aria-invalid]{border-color:var(--bad);box-shadow:0 0 0 1px var(--bad)}
textarea{resize:vertical;min-height:92px}
.agree{display:grid;grid-template-columns:auto 1fr;gap:10px;align-items:start;font-weight:400;font-size:14px;line-height:1.45;color:var(--soft);cursor:pointer}
.agree input{width:20px;height:20px;margin:0;accent-color:var(--act)}
.wrong{color:var(--bad);font-size:14px;font-weight:600}
.wrong:empty{display:none}
.scale{margin-top:18px}
.scale:first-child{margin-top:0}
.answers{display:grid;gap:6px;margin-top:16px}
.answer{display:grid;place-items:center;min-height:44px;padding:4px;border:1px solid var(--edge);border-radius:calc(var(--radius)*.55);background:var(--paper);color:var(--ink);font-weight:600;cursor:pointer}
.answer:hover:not(:disabled),.answer:focus-visible{background:var(--act);border-color:var(--act);color:var(--act-ink)}
.nps .answers{grid-template-columns:repeat(11,minmax(0,1fr))}
.slideIn .nps .answers{grid-template-columns:repeat(6,minmax(0,1fr))}
.csat .answers{grid-template-columns:repeat(5,minmax(0,1fr))}
.stars .answers{grid-template-columns:repeat(5,minmax(0,60px))}
.csat :is(.answers,.ends){max-width:420px}
.nps :is(.answers,.ends){max-width:640px}
.thumbs .answers{grid-template-columns:repeat(2,72px)}
.answer svg{width:30px;height:30px;fill:none;stroke:currentColor;stroke-width:1.7;stroke-linecap:round;stroke-linejoin:round}
:is(.csat,.stars,.thumbs) .answer{min-height:56px}
.stars .answer{border-color:transparent;background:transparent;color:var(--edge)}
.stars .answers:hover .answer:not(:hover~*):not(:disabled) svg{fill:#f5a524;stroke:#c27803}
.stars .answer:is(:hover,:focus-visible):not(:disabled){background:transparent;border-color:transparent;color:inherit}
.stars .answer svg{width:38px;height:38px}
.thumbs .answer+.answer svg{rotate:180deg}
.choice .answer{justify-content:start;text-align:start;padding:11px 16px}
.ends{display:flex;justify-content:space-between;gap:16px;margin-top:8px;font-size:13px;color:var(--soft)}
.thanks{display:grid;grid-template-columns:auto 1fr;gap:12px;align-items:center;margin-top:18px}
.thanks:first-child{margin-top:0}
.banner .thanks{grid-column:1/-1}
.thanks p{color:var(--ink);font-weight:600;margin:0}
.thanks svg{width:32px;height:32px;padding:6px;border-radius:50%;background:var(--act);stroke:var(--act-ink);fill:none;stroke-width:2.6;stroke-linecap:round;stroke-linejoin:round}
.tower{position:relative;display:inline-block}
.bell{position:relative;display:grid;place-items:center;width:44px;height:44px;padding:0;border:0;border-radius:50%;background:transparent;color:var(--bell,currentColor);cursor:pointer}
.bell:hover{background:rgb(127 127 140/.16)}
.bell svg{width:24px;height:24px;fill:none;stroke:currentColor;stroke-width:1.8;stroke-linecap:round;stroke-linejoin:round}
.badge{position:absolute;inset-block-start:3px;inset-inline-end:1px;min-width:20px;height:20px;padding:0 5px;border-radius:10px;background:#c8102e;color:#fff;font-size:12px;font-weight:700;line-height:20px;text-align:center}
.panel{position:absolute;z-index:2147483000;inset-block-start:calc(100% + 8px);inset-inline-end:0;width:min(380px,calc(100vw - 24px));max-height:min(560px,calc(100dvh - 96px));overflow:auto}
.panel.mirrored{inset-inline:0 auto}
.panel>h2{position:sticky;inset-block-start:0;z-index:1;padding:18px 20px 14px;background:var(--paper);border-bottom:1px solid var(--line);font-size:17px}
.item{position:relative;display:grid;padding:16px 20px;border-bottom:1px solid var(--line)}
.item:last-child{border-bottom:0}
.item.pictured{grid-template-columns:72px 1fr;gap:14px}
.item img{height:72px;border-radius:calc(var(--radius)*.5)}
.item.new{box-shadow:inset 3px 0 0 var(--act)}
[dir=rtl] .item.new{box-shadow:inset -3px 0 0 var(--act)}
.item h3{padding-inline-end:28px}
.item p{font-size:14px}
.item time{display:block;margin-bottom:2px;padding-inline-end:28px;font-size:12px;color:var(--soft)}
.item>.close{inset-block-start:8px;inset-inline-end:8px;background:transparent;color:var(--soft);box-shadow:none}
.item .buttons{margin-top:12px}
.item :is(.act,.quiet){min-height:36px;padding:6px 14px;font-size:14px}
.empty{padding:40px 20px;text-align:center}
@media(max-width:560px){
.banner{padding-inline:18px 52px}
.banner .body{display:block}
.banner .buttons{margin-top:14px}
.banner>.close{inset-block-start:8px;translate:none}
.banner.pictured{grid-template-columns:56px 1fr;gap:14px;align-items:start}
.banner.pictured img{height:56px}
.banner.pictured .buttons{margin-inline:-70px -36px}
.banner .buttons>*{flex:1 1 auto;white-space:nowrap}
.slideIn,.slideIn.start{inset-inline:12px;inset-block-end:max(12px,env(safe-area-inset-bottom));width:auto}
dialog,dialog.asks{width:calc(100vw - 24px);margin-block-end:max(12px,env(safe-area-inset-bottom))}
dialog>.body{padding:24px}
dialog h2{font-size:21px}
dialog img{height:180px}
.nps .answers{grid-template-columns:repeat(6,minmax(0,1fr))}
.inline.pictured{grid-template-columns:1fr}
.inline.pictured img{height:180px}
.inline.pictured>.close{background:rgb(255 255 255/.92);color:#16181d}
.inline.pictured>.body{padding-inline-end:24px}
.panel,.panel.mirrored{position:fixed;inset-inline:12px;inset-block-start:72px;width:auto}
}
@media(prefers-reduced-motion:no-preference){
.banner,.slideIn,dialog[open]{animation:rise .28s cubic-bezier(.2,.8,.3,1)}
.banner:not(.bottom){animation-name:drop}
dialog[open]::backdrop{animation:fade .2s ease-out}
.act,.quiet,.answer,.close{transition:background-color .12s ease-out,border-color .12s ease-out}
@keyframes rise{from{opacity:0;transform:translateY(16px)}}
@keyframes drop{from{opacity:0;transform:translateY(-16px)}}
@keyframes fade{from{opacity:0}}
}
@media(forced-colors:active){section,dialog,.answer,.act{border:1px solid}}
`;
