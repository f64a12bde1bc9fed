import { gzipSync } from 'node:zlib';

import { methodNotAllowed } from './answers';
import { script } from './browser-sdk';
import { ASK, START } from './page/ask';
import { BELL } from './page/bell';
import { QUESTIONS } from './page/questions';
import { STYLE } from './page/style';
import { VIEW } from './page/view';
import type { CollectorRequest, CollectorResponse } from './types';

/**
 * What shows on-site messages in a web page (about 8 KB packed). The snippet loads it with data-onsite, after consent; a page may also load it alone:
 *
 *   <script async src="https://events.example.com/onsite.js" data-write-key="…"></script>
 *
 * data-user-id with data-user-token: who is signed in, proved by the site (engine/onsite/proof.ts). data-color (#rrggbb), data-theme (auto, light, dark), data-radius (pixels): the brand's.
 * No eval, no HTML from texts, no inline style sheet: a strict content security policy allows it by its address alone (script-src, connect-src; img-src for images).
 */
const SCRIPT = `(function (window, document) {
	'use strict';
	var CSS = ${JSON.stringify(STYLE)};
${ASK}${VIEW}${QUESTIONS}${BELL}${START}
})(window, document);
`;

const plain = new Uint8Array(Buffer.from(SCRIPT));
let gzip: Uint8Array | undefined;

export function onSiteScript(request: CollectorRequest): CollectorResponse {
	if (request.method !== 'GET' && request.method !== 'HEAD') return methodNotAllowed('GET, HEAD');
	gzip ??= new Uint8Array(gzipSync(plain));
	return script({ plain, gzip }, request.headers['accept-encoding'], 'public, max-age=3600, stale-while-revalidate=86400');
}
