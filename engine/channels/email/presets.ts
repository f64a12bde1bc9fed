/** A mail service's SMTP address, as its help pages give it; a test compares most with nodemailer's kept list. */
export interface SmtpPreset {
	/** Stable: stored in credentials. */
	id: string;
	name: string;
	/** '' where each customer has their own. `{region}` is a part to fill in. */
	host: string;
	port: number;
	/** true: TLS from the start; false: STARTTLS. */
	secure: boolean;
	requireTls: boolean;
	/** What goes into user and password where it is not simply the mailbox's. */
	hint?: string;
}

const APP_PASSWORD = 'The password is an app password from the account\'s security settings, not the login\'s.';

export const SMTP_PRESETS: readonly SmtpPreset[] = [
	starttls('gmail', 'Gmail / Google Workspace', 'smtp.gmail.com', APP_PASSWORD),
	starttls('outlook', 'Outlook / Microsoft 365', 'smtp.office365.com',
		'SMTP AUTH must be switched on for the mailbox.'),
	starttls('ses', 'Amazon SES', 'email-smtp.{region}.amazonaws.com',
		'Put the region into the host, such as email-smtp.eu-west-1.amazonaws.com. User and password are SMTP credentials '
		+ 'made in SES, not access keys.'),
	starttls('sendgrid', 'SendGrid', 'smtp.sendgrid.net',
		'The user is the word apikey, the password an API key.'),
	starttls('mailgun', 'Mailgun (US)', 'smtp.mailgun.org',
		'User and password are those of the domain\'s SMTP credentials.'),
	starttls('mailgunEu', 'Mailgun (EU)', 'smtp.eu.mailgun.org',
		'User and password are those of the domain\'s SMTP credentials.'),
	starttls('postmark', 'Postmark', 'smtp.postmarkapp.com',
		'User and password are both the server token; marketing mail goes through smtp-broadcasts.postmarkapp.com.'),
	tls('brevo', 'Brevo', 'smtp-relay.brevo.com', 'The password is an SMTP key.'),
	starttls('mailjet', 'Mailjet', 'in-v3.mailjet.com', 'The user is the API key, the password the secret key.'),
	tls('zoho', 'Zoho Mail', 'smtp.zoho.com',
		'Accounts outside the US have their own ending, such as smtp.zoho.eu or smtp.zoho.in.'),
	tls('yahoo', 'Yahoo Mail', 'smtp.mail.yahoo.com', APP_PASSWORD),
	starttls('icloud', 'iCloud Mail', 'smtp.mail.me.com', APP_PASSWORD),
	tls('fastmail', 'Fastmail', 'smtp.fastmail.com', APP_PASSWORD),
	tls('naver', 'Naver Mail', 'smtp.naver.com', 'Switch on IMAP/SMTP in the mailbox\'s settings first.'),
	tls('daum', 'Daum / Kakao Mail', 'smtp.daum.net',
		'Switch on IMAP/SMTP in the mailbox\'s settings first; @kakao.com mailboxes use smtp.kakao.com.'),
	tls('qq', 'QQ Mail', 'smtp.qq.com', 'The password is an authorization code made in the mailbox\'s settings.'),
	tls('163', '163 Mail (NetEase)', 'smtp.163.com',
		'The password is an authorization code made in the mailbox\'s settings.'),
	{ id: 'custom', name: 'Other (Custom)', host: '', port: 587, secure: false, requireTls: true },
];

export function smtpPreset(id: string): SmtpPreset | undefined {
	return SMTP_PRESETS.find((preset) => preset.id === id);
}

function starttls(id: string, name: string, host: string, hint?: string): SmtpPreset {
	return { id, name, host, port: 587, secure: false, requireTls: true, ...(hint ? { hint } : {}) };
}

function tls(id: string, name: string, host: string, hint?: string): SmtpPreset {
	return { id, name, host, port: 465, secure: true, requireTls: true, ...(hint ? { hint } : {}) };
}
