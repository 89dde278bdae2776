CREATE TABLE `vsas` (
	`attestation_id` text NOT NULL,
	`n` integer NOT NULL,
	`envelope` text NOT NULL,
	PRIMARY KEY(`attestation_id`, `n`),
	FOREIGN KEY (`attestation_id`,`n`) REFERENCES `judgements`(`attestation_id`,`n`) ON UPDATE no action ON DELETE no action
);
--> statement-breakpoint
CREATE TABLE `verdict_keys` (
	`seq` integer PRIMARY KEY AUTOINCREMENT NOT NULL,
	`id` text NOT NULL,
	`public_key` text NOT NULL,
	`algorithm` text NOT NULL,
	`created_at` integer NOT NULL,
	`retired_at` integer
);
--> statement-breakpoint
CREATE UNIQUE INDEX `verdict_keys_id_unique` ON `verdict_keys` (`id`);