import { createServer, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';

import sharp from 'sharp';

import { openPublicProxy } from '../../../engine';
import { findChrome, takePicture } from '../../../nodes/JourneyContent/picture';

const chrome = findChrome();
/** A machine without a browser takes no pictures, which another test tells of. */
const withChrome = chrome === null ? it.skip : it;

describe('The picture of a mail that loads its own pictures', () => {
	let server: Server;
	let asked: string[];
	let port: number;

	beforeEach(async () => {
		asked = [];
		const red = await sharp({ create: { width: 8, height: 8, channels: 3, background: { r: 255, g: 0, b: 0 } } }).png().toBuffer();
		server = createServer(({ url }, answer) => {
			asked.push(url ?? '');
			if (url === '/away.png') answer.writeHead(302, { location: `http://127.0.0.1:${port}/inner.png` }).end();
			else answer.writeHead(200, { 'content-type': 'image/png' }).end(red);
		});
		await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
		port = (server.address() as AddressInfo).port;
	});
	afterEach(async () => {
		await new Promise((resolve) => server.close(resolve));
	});

	const mail = (...urls: string[]) => `<body style="margin:0">${urls.map((url) => `<img src="${url}" width="1000" height="300" style="display:block">`).join('')}</body>`;
	const colourAt = async (picture: Buffer): Promise<number[]> => {
		const { data, info } = await sharp(picture).removeAlpha().raw().toBuffer({ resolveWithObject: true });
		return [...data.subarray((100 * info.width + 100) * 3, (100 * info.width + 100) * 3 + 3)];
	};

	withChrome('reaches nothing in a private network, by address, by name or by redirect', async () => {
		await takePicture(chrome ?? '', mail(`http://127.0.0.1:${port}/a.png`, `http://localhost:${port}/b.png`, `http://[::1]:${port}/c.png`, `http://127.0.0.1:${port}/away.png`), { width: 1000, loadPictures: true });

		expect(asked).toEqual([]);
	}, 90_000);

	withChrome('shows what the guard lets through', async () => {
		const picture = await takePicture(chrome ?? '', mail(`http://127.0.0.1:${port}/a.png`), { width: 1000, loadPictures: true }, () => openPublicProxy((address) => address === '127.0.0.1', new Set([port])));

		expect(asked).toEqual(['/a.png']);
		expect(await colourAt(picture)).toEqual([255, 0, 0]);
	}, 90_000);
});
