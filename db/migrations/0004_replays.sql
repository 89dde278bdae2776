CREATE TABLE `replays` (
	`id` text PRIMARY KEY NOT NULL,
	`destination` text NOT NULL,
	`spec` text NOT NULL,
	`reason` text,
	`state` text NOT NULL,
	`state_by_id` text NOT NULL,
	`state_by_name` text NOT NULL,
	`state_at` integer NOT NULL,
	`state_reason` text,
	`created_by_id` text NOT NULL,
	`created_by_name` text NOT NULL,
	`created_at` integer NOT NULL,
	`finished_at` integer,
	`total` integer NOT NULL,
	`queued` integer DEFAULT 0 NOT NULL,
	`cursor_seq` integer DEFAULT 0 NOT NULL,
	`through_seq` integer NOT NULL,
	`refused` integer DEFAULT 0 NOT NULL,
	`host_checked_at` integer
);
--> statement-breakpoint
CREATE INDEX `replays_by_age` ON `replays` (`created_at`,`id`);--> statement-breakpoint
CREATE INDEX `replays_by_destination` ON `replays` (`destination`,`created_at`,`id`);--> statement-breakpoint
CREATE INDEX `replays_by_look` ON `replays` (`host_checked_at`);--> statement-breakpoint
ALTER TABLE `deliveries` ADD `replay_id` text;--> statement-breakpoint
ALTER TABLE `deliveries` ADD `replay_lane` integer;--> statement-breakpoint
CREATE INDEX `deliveries_by_replay` ON `deliveries` (`replay_id`,`state`,`command_sent_at`) WHERE "deliveries"."replay_id" is not null;