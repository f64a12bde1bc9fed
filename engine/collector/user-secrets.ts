import { isProven } from '../onsite';
import type { CollectorRequest } from './types';

/** What sites prove user ids with (engine/onsite/proof.ts). Of the own listener by workflow; n8n's webhook brings them with each call. In the memory of this process only. */
export class UserSecrets {
	private readonly kept = new Map<string, string>();

	configure(workflow: string, secret: string | undefined): void {
		if (secret === undefined || secret === '') this.kept.delete(workflow);
		else this.kept.set(workflow, secret);
	}

	/** Answers, for one request, whether a user id came with its proof. */
	provenBy({ userSecret }: Pick<CollectorRequest, 'userSecret'>): ProvenUser {
		const secrets = userSecret === undefined ? [...this.kept.values()] : [userSecret];
		return (userId, token) => typeof token === 'string' && isProven(userId, token, secrets);
	}
}

export type ProvenUser = (userId: string, token: unknown) => boolean;
