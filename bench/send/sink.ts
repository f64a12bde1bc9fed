import { createServer, type AddressInfo } from 'node:net';

/**
 * A process of its own: an SMTP server that takes every mail and keeps none, so that what it costs is not in what is measured. Plain sockets, as little of
 * RFC 5321 as nodemailer needs. Tells its port; counts the mails it took when asked.
 */
function main(): void {
	let taken = 0;
	const server = createServer({ noDelay: true }, (socket) => {
		let inData = false;
		let rest = '';
		socket.on('error', () => socket.destroy());
		socket.write('220 sink ESMTP\r\n');
		socket.on('data', (chunk) => {
			rest += chunk.toString('latin1');
			for (;;) {
				if (inData) {
					const end = rest.indexOf('\r\n.\r\n');
					if (end === -1) {
						// Only what may be the beginning of the end is kept.
						rest = rest.slice(-4);
						return;
					}
					rest = rest.slice(end + 5);
					inData = false;
					taken += 1;
					socket.write(`250 2.0.0 queued as ${taken}\r\n`);
				}
				const line = rest.indexOf('\r\n');
				if (line === -1) return;
				const command = rest.slice(0, line).toUpperCase();
				rest = rest.slice(line + 2);
				if (command.startsWith('EHLO')) socket.write('250-sink\r\n250-PIPELINING\r\n250 8BITMIME\r\n');
				else if (command === 'DATA') {
					inData = true;
					socket.write('354 go on\r\n');
				} else if (command === 'QUIT') socket.end('221 bye\r\n');
				else socket.write('250 ok\r\n');
			}
		});
	});
	server.listen(0, '127.0.0.1', () => process.send?.({ port: (server.address() as AddressInfo).port }));
	process.on('message', () => process.send?.({ taken }));
	process.on('disconnect', () => process.exit(0));
}

main();
