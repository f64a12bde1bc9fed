import type { DeliveryReport } from '../channels/types';
import type { Channel } from '../kernel';

/** A report whose sender is certain: its callback was signed. */
export interface SignedReport extends DeliveryReport {
	/** As the ledger names who delivered a message. */
	provider: string;
	channel: Channel;
	/** How an answer was found to be about its message. Of a mail: by the address that was signed for it, by a Message-ID; sender: it is about none. latest: a guess, of any channel. Absent: by what the service says, if at all. */
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
