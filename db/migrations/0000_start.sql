CREATE TABLE `accepted` (
	`pipeline_uid` text NOT NULL,
	`statement_digest` text NOT NULL,
	`attestation_id` text NOT NULL,
	`n` integer NOT NULL,
	PRIMARY KEY(`pipeline_uid`, `statement_digest`),
	FOREIGN KEY (`attestation_id`,`n`) REFERENCES `judgements`(`attestation_id`,`n`) ON UPDATE no action ON DELETE no action
);
--> statement-breakpoint
CREATE TABLE `attestations` (
	`received_seq` integer PRIMARY KEY AUTOINCREMENT NOT NULL,
	`id` text NOT NULL,
	`pipeline_uid` text NOT NULL,
	`project` text NOT NULL,
	`pipeline` text NOT NULL,
	`received_at` integer NOT NULL,
	`received_by` text NOT NULL,
	`statement_digest` text NOT NULL,
	`statements` text NOT NULL,
	`latest` integer NOT NULL,
	`redeliveries` integer DEFAULT 0 NOT NULL,
	FOREIGN KEY (`pipeline_uid`) REFERENCES `pipelines`(`uid`) ON UPDATE no action ON DELETE no action
);
--> statement-breakpoint
CREATE UNIQUE INDEX `attestations_id_unique` ON `attestations` (`id`);--> statement-breakpoint
CREATE INDEX `attestations_by_pipeline` ON `attestations` (`project`,`pipeline`,`received_seq`);--> statement-breakpoint
CREATE INDEX `attestations_by_time` ON `attestations` (`received_at`);--> statement-breakpoint
CREATE TABLE `judgements` (
	`attestation_id` text NOT NULL,
	`n` integer NOT NULL,
	`created_at` integer NOT NULL,
	`received_at` integer NOT NULL,
	`workflow_id` text NOT NULL,
	`parts` text NOT NULL,
	`pinned_at` integer,
	`contract_name` text,
	`contract_revision` integer,
	`contract_digest` text,
	`swept_at` integer NOT NULL,
	`verdict` text,
	`decided_at` integer,
	`checks` text NOT NULL,
	`verification` text NOT NULL,
	`annotations` text NOT NULL,
	`subjects` text NOT NULL,
	`duplicate_of` text,
	PRIMARY KEY(`attestation_id`, `n`),
	FOREIGN KEY (`attestation_id`) REFERENCES `attestations`(`id`) ON UPDATE no action ON DELETE no action
);
--> statement-breakpoint
CREATE INDEX `judgements_undecided` ON `judgements` (`created_at`) WHERE "judgements"."verdict" is null;--> statement-breakpoint
CREATE INDEX `judgements_to_sweep` ON `judgements` (`swept_at`) WHERE "judgements"."verdict" is null;--> statement-breakpoint
CREATE TABLE `materials` (
	`attestation_id` text NOT NULL,
	`n` integer NOT NULL,
	`position` integer NOT NULL,
	`name` text NOT NULL,
	`type` text NOT NULL,
	`slot` text,
	`how` text NOT NULL,
	`sha256` text NOT NULL,
	`size` integer NOT NULL,
	`media_type` text NOT NULL,
	`bytes` text NOT NULL,
	`facts` text NOT NULL,
	`annotations` text NOT NULL,
	PRIMARY KEY(`attestation_id`, `n`, `position`),
	FOREIGN KEY (`attestation_id`,`n`) REFERENCES `judgements`(`attestation_id`,`n`) ON UPDATE no action ON DELETE no action
);
--> statement-breakpoint
CREATE TABLE `search_terms` (
	`kind` text NOT NULL,
	`term` text NOT NULL,
	`received_seq` integer NOT NULL,
	PRIMARY KEY(`kind`, `term`, `received_seq`),
	FOREIGN KEY (`received_seq`) REFERENCES `attestations`(`received_seq`) ON UPDATE no action ON DELETE no action
);
--> statement-breakpoint
CREATE TABLE `attempts` (
	`delivery_id` text NOT NULL,
	`n` integer NOT NULL,
	`phase` text NOT NULL,
	`started_at` integer NOT NULL,
	`finished_at` integer,
	`outcome` text,
	`scope` text,
	`code` text,
	`message` text,
	`status` integer,
	`latency_ms` integer,
	`body_head` text,
	`probe` integer NOT NULL,
	PRIMARY KEY(`delivery_id`, `n`),
	FOREIGN KEY (`delivery_id`) REFERENCES `deliveries`(`id`) ON UPDATE no action ON DELETE no action
);
--> statement-breakpoint
CREATE TABLE `deliveries` (
	`id` text PRIMARY KEY NOT NULL,
	`attestation_id` text NOT NULL,
	`received_seq` integer NOT NULL,
	`project` text NOT NULL,
	`pipeline` text NOT NULL,
	`attachment_uid` text NOT NULL,
	`attachment` text NOT NULL,
	`destination` text NOT NULL,
	`material_sha256` text,
	`material_name` text,
	`material_type` text,
	`idempotency_key` text NOT NULL,
	`state` text NOT NULL,
	`created_at` integer NOT NULL,
	`changed_at` integer NOT NULL,
	`finished_at` integer,
	`next_attempt_at` integer,
	`attempts` integer NOT NULL,
	`failures` integer NOT NULL,
	`cause_scope` text,
	`cause_code` text,
	`cause_message` text,
	`cause_first_at` integer,
	`cause_last_at` integer,
	`token` text,
	`accepted_at` integer,
	`external_id` text,
	`url` text,
	`order_key` text,
	`superseded_by` text,
	`skipped_by` text,
	`skipped_reason` text,
	`command_at` integer,
	`command_by` text,
	`command_sent_at` integer,
	`workflow_id` text NOT NULL,
	`host_checked_at` integer NOT NULL,
	`held_ms` integer NOT NULL,
	`clock_from` integer NOT NULL,
	`clock_held_ms` integer NOT NULL,
	FOREIGN KEY (`attestation_id`) REFERENCES `attestations`(`id`) ON UPDATE no action ON DELETE no action,
	FOREIGN KEY (`attachment_uid`) REFERENCES `attachments`(`uid`) ON UPDATE no action ON DELETE no action,
	FOREIGN KEY (`destination`) REFERENCES `destinations`(`name`) ON UPDATE no action ON DELETE no action
);
--> statement-breakpoint
CREATE INDEX `deliveries_open` ON `deliveries` (`destination`,`state`,`created_at`) WHERE "deliveries"."finished_at" is null;--> statement-breakpoint
CREATE INDEX `deliveries_open_by_destination` ON `deliveries` (`destination`,`finished_at`,`created_at`,`id`) WHERE "deliveries"."finished_at" is null;--> statement-breakpoint
CREATE INDEX `deliveries_open_by_age` ON `deliveries` (`created_at`,`id`) WHERE "deliveries"."finished_at" is null;--> statement-breakpoint
CREATE INDEX `deliveries_open_by_look` ON `deliveries` (`host_checked_at`) WHERE "deliveries"."finished_at" is null;--> statement-breakpoint
CREATE INDEX `deliveries_by_order` ON `deliveries` (`destination`,`order_key`,`state`,`received_seq`) WHERE "deliveries"."order_key" is not null;--> statement-breakpoint
CREATE INDEX `deliveries_by_workflow` ON `deliveries` (`workflow_id`);--> statement-breakpoint
CREATE INDEX `deliveries_by_attestation` ON `deliveries` (`attestation_id`);--> statement-breakpoint
CREATE INDEX `deliveries_by_attachment` ON `deliveries` (`attachment_uid`) WHERE "deliveries"."finished_at" is null;--> statement-breakpoint
CREATE INDEX `deliveries_by_age` ON `deliveries` (`created_at`,`id`);--> statement-breakpoint
CREATE INDEX `deliveries_by_destination` ON `deliveries` (`destination`,`created_at`,`id`);--> statement-breakpoint
CREATE INDEX `deliveries_by_pipeline` ON `deliveries` (`project`,`pipeline`,`created_at`);--> statement-breakpoint
CREATE INDEX `deliveries_commanded` ON `deliveries` (`command_sent_at`,`destination`) WHERE "deliveries"."command_sent_at" is not null;--> statement-breakpoint
CREATE TABLE `delivery_totals` (
	`destination` text NOT NULL,
	`state` text NOT NULL,
	`count` integer NOT NULL,
	PRIMARY KEY(`destination`, `state`)
);
--> statement-breakpoint
CREATE TABLE `attachments` (
	`uid` text PRIMARY KEY NOT NULL,
	`name` text NOT NULL,
	`destination` text NOT NULL,
	`spec` text NOT NULL,
	`created_at` integer NOT NULL,
	`updated_at` integer NOT NULL,
	`deleted_at` integer,
	FOREIGN KEY (`destination`) REFERENCES `destinations`(`name`) ON UPDATE no action ON DELETE no action
);
--> statement-breakpoint
CREATE UNIQUE INDEX `attachments_by_name` ON `attachments` (`name`) WHERE "attachments"."deleted_at" is null;--> statement-breakpoint
CREATE INDEX `attachments_by_destination` ON `attachments` (`destination`);--> statement-breakpoint
CREATE TABLE `contracts` (
	`name` text NOT NULL,
	`revision` integer NOT NULL,
	`digest` text NOT NULL,
	`text` text NOT NULL,
	`created_at` integer NOT NULL,
	`created_by` text NOT NULL,
	PRIMARY KEY(`name`, `revision`)
);
--> statement-breakpoint
CREATE TABLE `destinations` (
	`name` text PRIMARY KEY NOT NULL,
	`uid` text NOT NULL,
	`spec` text NOT NULL,
	`secrets` text NOT NULL,
	`stuck_after_ms` integer NOT NULL,
	`generation` integer NOT NULL,
	`held_since` integer,
	`strike_delivery` text,
	`strike_attachment` text,
	`created_at` integer NOT NULL,
	`updated_at` integer NOT NULL,
	`deleted_at` integer
);
--> statement-breakpoint
CREATE TABLE `holds` (
	`destination` text NOT NULL,
	`kind` text NOT NULL,
	`reason` text NOT NULL,
	`code` text,
	`since` integer NOT NULL,
	`by` text NOT NULL,
	`probe_next_at` integer,
	`probe_failed` integer DEFAULT 0 NOT NULL,
	`probe_claimed_by` text,
	`probe_claimed_at` integer,
	`probe_winner` text,
	PRIMARY KEY(`destination`, `kind`),
	FOREIGN KEY (`destination`) REFERENCES `destinations`(`name`) ON UPDATE no action ON DELETE no action
);
--> statement-breakpoint
CREATE TABLE `pipelines` (
	`uid` text PRIMARY KEY NOT NULL,
	`project` text NOT NULL,
	`name` text NOT NULL,
	`spec` text NOT NULL,
	`created_at` integer NOT NULL,
	`updated_at` integer NOT NULL
);
--> statement-breakpoint
CREATE UNIQUE INDEX `pipelines_by_name` ON `pipelines` (`project`,`name`);--> statement-breakpoint
CREATE TABLE `tokens` (
	`id` text PRIMARY KEY NOT NULL,
	`hash` text NOT NULL,
	`name` text NOT NULL,
	`role` text NOT NULL,
	`scope` text NOT NULL,
	`created_at` integer NOT NULL,
	`expires_at` integer,
	`last_used_at` integer,
	`revoked_at` integer
);
--> statement-breakpoint
CREATE UNIQUE INDEX `tokens_hash_unique` ON `tokens` (`hash`);--> statement-breakpoint
CREATE TABLE `trusted_keys` (
	`name` text PRIMARY KEY NOT NULL,
	`parsed` text NOT NULL,
	`created_at` integer NOT NULL,
	`updated_at` integer NOT NULL
);
--> statement-breakpoint
CREATE TABLE `answers` (
	`token_id` text NOT NULL,
	`key` text NOT NULL,
	`request` text NOT NULL,
	`status` integer NOT NULL,
	`body` text NOT NULL,
	`created_at` integer NOT NULL,
	PRIMARY KEY(`token_id`, `key`)
);
--> statement-breakpoint
CREATE INDEX `answers_by_time` ON `answers` (`created_at`);--> statement-breakpoint
CREATE TABLE `audit` (
	`seq` integer PRIMARY KEY AUTOINCREMENT NOT NULL,
	`at` integer NOT NULL,
	`actor_id` text NOT NULL,
	`actor_name` text NOT NULL,
	`action` text NOT NULL,
	`target` text NOT NULL,
	`detail` text NOT NULL
);
--> statement-breakpoint
CREATE INDEX `audit_by_target` ON `audit` (`target`,`seq`);--> statement-breakpoint
CREATE INDEX `audit_by_action` ON `audit` (`action`,`seq`);--> statement-breakpoint
CREATE TABLE `blobs` (
	`project` text NOT NULL,
	`sha256` text NOT NULL,
	`sha512` text NOT NULL,
	`size` integer NOT NULL,
	`created_at` integer NOT NULL,
	PRIMARY KEY(`project`, `sha256`)
);
--> statement-breakpoint
CREATE INDEX `blobs_by_sha512` ON `blobs` (`project`,`sha512`);--> statement-breakpoint
CREATE TABLE `inspections` (
	`sha256` text NOT NULL,
	`type` text NOT NULL,
	`validator` text NOT NULL,
	`result` text,
	`created_at` integer NOT NULL,
	PRIMARY KEY(`sha256`, `type`, `validator`)
);
--> statement-breakpoint
CREATE TABLE `leases` (
	`name` text PRIMARY KEY NOT NULL,
	`holder` text NOT NULL,
	`expires_at` integer NOT NULL
);
--> statement-breakpoint
CREATE TABLE `processes` (
	`id` text PRIMARY KEY NOT NULL,
	`kind` text NOT NULL,
	`seen_at` integer NOT NULL
);
--> statement-breakpoint
CREATE TABLE `sent` (
	`token_id` text NOT NULL,
	`thing` text NOT NULL,
	PRIMARY KEY(`token_id`, `thing`)
);
