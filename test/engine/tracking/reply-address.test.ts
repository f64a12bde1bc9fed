import fc from 'fast-check';

import { LONGEST_LOCAL, readReplyAddress, replyAddress } from '../../../engine/tracking';

const SECRET = Buffer.from('a secret of at least sixteen bytes');
/** As hashId and randomId make them: also such whose last letter holds bits of its own. */
const messages = fc.uint8Array({ minLength: 17, maxLength: 17 }).map((bytes) => Buffer.from(bytes).toString('base64url').slice(0, 22));

describe('an address signed for a message', () => {
	it('is read again as that message, however servers write its letters, and is one that servers take', () => {
		fc.assert(fc.property(messages, (message) => {
			const address = replyAddress(`${'r'.repeat(LONGEST_LOCAL)}@Inbound.example`, message, SECRET) ?? '';
			expect(address.split('@')[0]?.length).toBe(64);
			expect([readReplyAddress(address, SECRET), readReplyAddress(address.toUpperCase(), SECRET), readReplyAddress(` ${address}`, SECRET)]).toEqual([message, message, message]);
		}));
	});

	it('is read for good: mails that have left hold it, and no other MAC of that secret stands for it', () => {
		const message = Buffer.alloc(16, 7).toString('base64url');
		const address = 'replies+a4dqobyha4dqobyha4dqobyha4asr6f4zaj5zzw2pzz@inbound.example';

		expect([replyAddress('replies@inbound.example', message, SECRET), readReplyAddress(address, SECRET)]).toEqual([address, message]);
	});

	it('with any letter changed, of another secret, or of no token, is nobody\'s', () => {
		const message = Buffer.alloc(16, 7).toString('base64url');
		const address = replyAddress('replies@inbound.example', message, SECRET) ?? '';
		const [local = ''] = address.split('@');
		for (let n = 'replies+'.length; n < local.length; n += 1) {
			const changed = `${local.slice(0, n)}${local[n] === 'a' ? 'b' : 'a'}${local.slice(n + 1)}@inbound.example`;
			expect(readReplyAddress(changed, SECRET)).toBeNull();
		}
		expect([readReplyAddress(address, Buffer.from('another secret of sixteen bytes')), readReplyAddress('replies@inbound.example', SECRET), readReplyAddress('replies+x@inbound.example', SECRET), readReplyAddress(`${address}x+y@z`, SECRET)]).toEqual([null, null, null, null]);
	});

	it('is not made of what has no room for it, or is no message of ours', () => {
		const message = Buffer.alloc(16, 7).toString('base64url');
		expect([replyAddress(`${'r'.repeat(LONGEST_LOCAL + 1)}@x.example`, message, SECRET), replyAddress('nobody', message, SECRET), replyAddress('a@x.example', 'message-1', SECRET)]).toEqual([null, null, null]);
	});
});
