import type { SmsConfig } from './types';
import { birdCallbacks } from './bird-callbacks';
import { httpSmsCallbacks } from './http-callbacks';
import { infobipCallbacks } from './infobip-callbacks';
import { plivoCallbacks } from './plivo-callbacks';
import { sinchCallbacks } from './sinch-callbacks';
import { solapiCallbacks } from './solapi-callbacks';
import { telnyxCallbacks } from './telnyx-callbacks';
import { twilioCallbacks } from './twilio-callbacks';
import { vonageCallbacks } from './vonage-callbacks';

/** The reader of each SMS provider's callbacks; its secrets are fields of the provider's configuration. */
export const SMS_CALLBACKS = {
	twilio: twilioCallbacks, vonage: vonageCallbacks, telnyx: telnyxCallbacks, plivo: plivoCallbacks, sinch: sinchCallbacks, infobip: infobipCallbacks,
	bird: birdCallbacks, solapi: solapiCallbacks, http: httpSmsCallbacks,
} as const satisfies Record<SmsConfig['kind'], unknown>;
