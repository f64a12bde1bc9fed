import type { ICredentialTestFunctions, ICredentialsDecrypted, INodeCredentialTestResult } from 'n8n-workflow';

import { brevo } from './providers/brevo';
import type { EmailProviderChoice } from './providers/choice';
import { mailgun } from './providers/mailgun';
import { resend } from './providers/resend';
import { sendgrid } from './providers/sendgrid';
import { ses } from './providers/ses';
import { postmark } from './providers/postmark';
import { smtp } from './providers/smtp';
import { sparkpost } from './providers/sparkpost';

/** By name, but SMTP, the default, first. Each has one line in the node's `credentials`, which n8n's lint reads as it stands there. */
export const EMAIL_PROVIDERS: readonly EmailProviderChoice[] = [smtp, ses, brevo, mailgun, postmark, resend, sendgrid, sparkpost];

/** '' and what is absent are workflows from before there was a choice. Undefined: a provider that this version does not know. */
export function emailProviderChoice(value: string): EmailProviderChoice | undefined {
	return EMAIL_PROVIDERS.find((provider) => provider.value === (value || 'smtp'));
}

type CredentialTest = (this: ICredentialTestFunctions, credential: ICredentialsDecrypted) => Promise<INodeCredentialTestResult>;

/** journeySmtpTest of journeySmtpApi: the names that `testedBy` gives. */
export const credentialTest: Record<string, CredentialTest> = Object.fromEntries(EMAIL_PROVIDERS.map(({ credential, test }) => [credential.replace(/Api$/, 'Test'), test]));
