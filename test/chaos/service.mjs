import { createServer } from 'node:http';

/**
 * What the journey's HTTP Request calls: somebody else's service, which counts who was told of. It has no idempotency key, so that
 * people whose leg was repeated are told of again, and the report says how often.
 */
export async function openService() {
	const calls = new Map();
	const server = createServer((request, response) => {
		const chunks = [];
		request.on('data', (chunk) => chunks.push(chunk));
		request.on('end', () => {
			const { profile } = JSON.parse(Buffer.concat(chunks).toString());
			calls.set(profile, (calls.get(profile) ?? 0) + 1);
			response.setHeader('content-type', 'application/json').end(JSON.stringify({ ticket: `t-${profile}` }));
		});
	});
	await new Promise((resolve) => server.listen(0, '127.0.0.1', resolve));
	return {
		url: `http://127.0.0.1:${server.address().port}/told`,
		calls,
		close: () => {
			server.closeAllConnections();
			server.close();
		},
	};
}
