import { createHmac, randomBytes } from 'node:crypto';

import type { Clock } from '../../kernel';
import type { SolapiConfig } from './types';

export const SOLAPI_URL = 'https://api.solapi.com';

/** Each call has its own signature, over date and salt. */
export function signedHeaders({ apiKey, apiSecret }: Pick<SolapiConfig, 'apiKey' | 'apiSecret'>, clock: Clock): Record<string, string> {
	const date = new Date(clock.nowMs()).toISOString();
	const salt = randomBytes(16).toString('hex');
	const signature = createHmac('sha256', apiSecret).update(date + salt).digest('hex');
	return { authorization: `HMAC-SHA256 apiKey=${apiKey}, date=${date}, salt=${salt}, signature=${signature}` };
}
