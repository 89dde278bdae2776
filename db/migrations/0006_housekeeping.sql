CREATE TABLE `removals` (
	`what` text PRIMARY KEY NOT NULL,
	`count` integer NOT NULL
);
--> statement-breakpoint
CREATE TABLE `store_shares` (
	`share` integer PRIMARY KEY NOT NULL,
	`files` integer NOT NULL,
	`bytes` integer NOT NULL,
	`seen_at` integer NOT NULL
);
--> statement-breakpoint
ALTER TABLE `destinations` ADD `lifted_at` integer;--> statement-breakpoint
ALTER TABLE `blobs` ADD `unclaimed_since` integer;--> statement-breakpoint
CREATE INDEX `blobs_by_sha256` ON `blobs` (`sha256`);--> statement-breakpoint
CREATE INDEX `blobs_unclaimed` ON `blobs` (`unclaimed_since`) WHERE "blobs"."unclaimed_since" is not null;