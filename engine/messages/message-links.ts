import { signToken } from '../tracking';
import type { Linking } from './channel';

/** The links of one message that the engine itself answers. */
export interface MessageLinks {
	open: string;
	unsubscribe: string;
	click(url: string, index: number): string;
}

/** null: no route is known. */
export function messageLinks({ address, secret }: Linking, message: string): MessageLinks | null {
	if (address === null) return null;
	return {
		open: `${address}/open?t=${signToken({ k: 'o', m: message }, secret)}`,
		unsubscribe: `${address}/unsubscribe?t=${signToken({ k: 'u', m: message }, secret)}`,
		click: (url, index) => {
			try {
				return `${address}/click?t=${signToken({ k: 'c', m: message, u: url, l: index }, secret)}`;
			} catch {
				// Too long to be signed: better a link that is not counted than a message that is not sent.
				return url;
			}
		},
	};
}
