import type { DeliveryReport } from '../channels/types';
import type { Channel } from '../kernel';

/** A report whose sender is certain: its callback was signed. */
export interface SignedReport extends DeliveryReport {
	/** As the ledger names who delivered a message. */
	provider: string;
	channel: Channel;
	/** How a mail that came in was found to be about its message: by the address that was signed for it, by a Message-ID; latest: a guess; sender: it is about none. */
	match?: 'address' | 'messageId' | 'latest' | 'sender';
}

/** What became of the reports of one call. */
export interface ReportsTaken {
	/** Told something new. */
	taken: number;
	/** Told before, or counted already by our own links and pictures. */
	repeated: number;
	/** About nobody and nothing that is known here. */
	unknown: number;
}
