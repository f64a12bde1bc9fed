import { execFile } from 'node:child_process';
import { accessSync, constants, mkdtempSync, readdirSync, rmSync } from 'node:fs';
import { readFile, writeFile } from 'node:fs/promises';
import { homedir, tmpdir } from 'node:os';
import { delimiter, join } from 'node:path';
import { pathToFileURL } from 'node:url';
import { promisify } from 'node:util';

import { openPublicProxy } from '../../engine';

const run = promisify(execFile);

const NAMES = ['chromium', 'chromium-browser', 'google-chrome-stable', 'google-chrome', 'chrome', 'microsoft-edge', 'chrome-headless-shell'];
const PLACES = ['/usr/bin', '/usr/local/bin', '/snap/bin', '/opt/google/chrome', '/usr/lib/chromium', '/Applications/Google Chrome.app/Contents/MacOS', 'C:\\Program Files\\Google\\Chrome\\Application'];
const TIMEOUT_MS = 20_000;
/** Of the page's own time, which passes as fast as the machine can. */
const SETTLED_MS = 5_000;
/** Pixels: more of a mail than anybody scrolls. */
const HEIGHT = 2_000;
/** Chrome's windows are not as narrow as phones. */
const NARROWEST_WINDOW = 500;

/** As phones and as computers show a mail, in CSS pixels. */
export const WIDTHS = { narrow: 375, wide: 1000 } as const;

/** The Chrome of this machine: JOURNEYS_CHROME, else one of the usual names and places. null: there is none. */
export function findChrome(env: NodeJS.ProcessEnv = process.env): string | null {
	const given = env.JOURNEYS_CHROME?.trim();
	if (given) return isProgram(given) ? given : null;
	const folders = [...(env.PATH ?? '').split(delimiter), ...PLACES].filter((folder) => folder !== '');
	for (const folder of folders) for (const name of [...NAMES, 'Google Chrome', 'chrome.exe']) if (isProgram(join(folder, name))) return join(folder, name);
	return ofPlaywright(env.PLAYWRIGHT_BROWSERS_PATH ?? join(homedir(), '.cache', 'ms-playwright'));
}

function ofPlaywright(folder: string): string | null {
	try {
		const builds = readdirSync(folder).filter((name) => /^chromium(_headless_shell)?-\d+$/.test(name)).sort();
		const places = [['chrome-linux', 'chrome'], ['chrome-linux64', 'chrome'], ['chrome-linux', 'headless_shell'], ['chrome-headless-shell-linux64', 'chrome-headless-shell']];
		return builds.flatMap((build) => places.map((place) => join(folder, build, ...place))).find(isProgram) ?? null;
	} catch {
		return null;
	}
}

function isProgram(file: string): boolean {
	try {
		accessSync(file, constants.X_OK);
		return true;
	} catch {
		return false;
	}
}

/**
 * A PNG of the page, `width` CSS pixels wide. The page runs no scripts and, unless asked, loads nothing from the network: all that is not the page itself
 * is refused by its own policy, and the browser resolves no name itself. With pictures everything goes through a proxy that reaches public addresses alone. Throws what Chrome says when it fails or takes longer than 20 s.
 */
export async function takePicture(chrome: string, html: string, { width, loadPictures }: { width: number; loadPictures: boolean }, openProxy: () => ReturnType<typeof openPublicProxy> = openPublicProxy): Promise<Buffer> {
	const proxy = loadPictures ? await openProxy() : null;
	const folder = mkdtempSync(join(tmpdir(), 'journeys-picture-'));
	try {
		const [page, picture] = [join(folder, 'page.html'), join(folder, 'page.png')];
		await writeFile(page, framed(html, width, loadPictures));
		await run(chrome, [
			'--headless=new', '--no-sandbox', '--disable-gpu', '--hide-scrollbars', '--no-first-run', '--disable-extensions', '--disable-background-networking', '--disable-sync', `--user-data-dir=${join(folder, 'profile')}`,
			// In a process of its own the frame is drawn after the page: a picture in three was empty.
			'--disable-features=IsolateSandboxedIframes', '--run-all-compositor-stages-before-draw', `--virtual-time-budget=${SETTLED_MS}`,
			'--host-resolver-rules=MAP * ~NOTFOUND, EXCLUDE 127.0.0.1', `--proxy-server=${proxy?.url ?? '127.0.0.1:9'}`,
			// Else what stands for this machine goes past the proxy.
			'--proxy-bypass-list=<-loopback>',
			// The mail stands in a frame of the width that is wanted.
			`--window-size=${Math.max(width, NARROWEST_WINDOW)},${HEIGHT}`, `--screenshot=${picture}`, pathToFileURL(page).href,
		], { timeout: TIMEOUT_MS, killSignal: 'SIGKILL' });
		return await cropped(await readFile(picture), width);
	} finally {
		await proxy?.close();
		rmSync(folder, { recursive: true, force: true, maxRetries: 3 });
	}
}

/** sharp is only loaded where a window was too wide. */
async function cropped(picture: Buffer, width: number): Promise<Buffer> {
	if (width >= NARROWEST_WINDOW) return picture;
	const { default: sharp } = await import('sharp');
	return await sharp(picture).extract({ left: 0, top: 0, width, height: HEIGHT }).png().toBuffer();
}

/** In a sandboxed frame: no script of the mail runs, and it reaches nothing of this machine. */
function framed(html: string, width: number, loadPictures: boolean): string {
	const policy = `default-src 'none'; style-src 'unsafe-inline'${loadPictures ? ' https:' : ''}; img-src data:${loadPictures ? ' https: http:' : ''}; font-src data:${loadPictures ? ' https:' : ''}; frame-src 'self'`;
	const inner = html.replace(/&/g, '&amp;').replace(/"/g, '&quot;');
	return `<!doctype html><html><head><meta charset="utf-8"><meta http-equiv="Content-Security-Policy" content="${policy}"><style>body{margin:0;background:#fff}iframe{border:0;display:block;width:${width}px;height:${HEIGHT}px}</style></head><body><iframe sandbox="" srcdoc="${inner}"></iframe></body></html>`;
}
