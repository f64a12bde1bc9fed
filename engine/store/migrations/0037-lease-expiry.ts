import type { Migration } from './migration';

/**
 * Leases that ran out are found by the lease's own row, one for all of a batch: in an index of their own each person was taken into it by the claim and out of it by the
 * settle, a twentieth of what a contact cost. Only who is inside a foreign wait, each for a time of their own and without a pump, keeps one.
 * Not breaking: an older engine finds the same without the index, only slower, and writes leases as this one does.
 */
export const leaseExpiry: Migration = {
	version: 37,
	breaking: false,
	statements: ({ int }) => [
		`drop index token_expiry`,
		`create index token_away on token (place, lease_until) where state = 'away'`,
		`create index lease_expiry on lease (workflow, step, lease_until)`,
		// So that a claim looks at no lease whose people are all away, each of them for weeks.
		`update lease set lease_until = (select max(t.lease_until) from token t where t.nonce = lease.nonce) where exists (select 1 from token t where t.nonce = lease.nonce and t.state = 'away')`,
		// A claim has always written both, and a lease goes after its tokens: whoever had none would be claimed by nobody again.
		`insert into lease (nonce, workflow, step, size, claimed_at, lease_until)
			select t.nonce, s.workflow, s.step, count(*), min(t.due_at), cast(min(coalesce(t.lease_until, 0)) as ${int}) from token t join step s on s.place = t.place
			where t.state = 'claimed' and t.nonce is not null and not exists (select 1 from lease l where l.nonce = t.nonce) group by t.nonce, s.workflow, s.step`,
	],
};
