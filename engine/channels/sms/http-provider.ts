import { createNumberProvider, type NumberService } from '../number-provider';
import type { OutgoingSms, SmsProvider } from './types';

export type { Sorted } from '../number-provider';

export type SmsService = NumberService<OutgoingSms>;

export function createHttpSmsProvider(settings: { connections?: number; timeoutMs?: number }, service: SmsService): SmsProvider {
	return createNumberProvider(settings, service);
}
