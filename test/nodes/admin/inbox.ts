import type { SMTPServerOptions } from 'smtp-server';

import type { SmtpCredential } from '../../../nodes/JourneyEmail/providers/smtp';
import { smtpServer } from '../../engine/channels/servers';
import type { TestServer } from '../../engine/channels/servers';

export interface Inbox extends TestServer {
	/** What the Journey SMTP credential would hold for this server. */
	credential: SmtpCredential;
}

/** A real SMTP server on a free port. */
export async function openInbox(options: SMTPServerOptions = {}): Promise<Inbox> {
	const server = await smtpServer(options);
	return {
		...server,
		credential: {
			preset: 'custom',
			host: '127.0.0.1',
			port: server.config.port,
			security: 'none',
			fromName: 'The Shop',
			fromAddress: 'news@shop.example',
			connections: 2,
		},
	};
}
