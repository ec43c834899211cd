//! The protocol's lines of defence, each with a switch. All are on in every ordinary run; a run
//! `without=` one of them shows what it is there for, and tests that the promises notice.
//!
//! A switch belongs to one rule and is asked where the rule stands. It refuses to change anything
//! while it is on.

/// Names every guard once: its variant, its word on a cluster line, what it guards, who says so.
macro_rules! guards {
    ($($variant:ident $name:literal $rule:literal $source:literal,)*) => {
        /// One line of defence.
        #[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
        pub enum Guard { $($variant),* }

        impl Guard {
            pub const ALL: &'static [Guard] = &[$(Guard::$variant),*];

            /// Its word on a cluster line: `without=isr-only`.
            #[must_use]
            pub fn name(self) -> &'static str {
                match self { $(Guard::$variant => $name),* }
            }

            /// What holds while it is on.
            #[must_use]
            pub fn rule(self) -> &'static str {
                match self { $(Guard::$variant => $rule),* }
            }

            /// Who says so.
            #[must_use]
            pub fn source(self) -> &'static str {
                match self { $(Guard::$variant => $source),* }
            }
        }
    };
}

guards! {
    // ---- the controller: who leads, who is in the ISR ----
    IsrOnly "isr-only"
        "only members of the ISR (or, when it is empty, of the ELR) are elected"
        "PartitionChangeBuilder.isValidNewLeader",
    ActiveOnly "active-only"
        "a fenced or stopping broker is not elected"
        "ReplicationControlManager.isAcceptableLeader",
    LeaderChangeBumpsEpoch "leader-change-bumps-epoch"
        "every change of the leader raises the leader epoch"
        "PartitionRegistration.merge",
    FenceLeavesIsr "fence-leaves-isr"
        "a fenced broker leaves every ISR"
        "ReplicationControlManager.handleBrokerFenced",
    ShutdownLeavesIsr "shutdown-leaves-isr"
        "a stopping broker leaves every ISR before it goes"
        "ReplicationControlManager.handleBrokerInControlledShutdown",
    RestartLeavesIsr "restart-leaves-isr"
        "a new process of a broker starts outside of every ISR"
        "ClusterControlManager.registerBroker",
    UncleanRestartLeavesElr "unclean-restart-leaves-elr"
        "a broker that may have lost unflushed data is no longer eligible"
        "KIP-966; handleBrokerUncleanShutdown",
    CleanMarkOfLastLife "clean-mark-of-last-life"
        "a clean stop counts only if it ended the life that was registered last"
        "KIP-966; ClusterControlManager.registerBroker, previousBrokerEpoch",
    ElrOnlyBelowMinIsr "elr-only-below-min-isr"
        "who leaves an ISR that stays at its minimum is not eligible"
        "KIP-966; maybePopulateTargetElr",
    RegistrationStartsFenced "registration-starts-fenced"
        "a registered broker is fenced until it has caught up with the metadata"
        "ClusterControlManager.registerBroker",
    UnfenceNeedsMetadata "unfence-needs-metadata"
        "a broker is unfenced only when it has applied its own registration"
        "BrokerHeartbeatManager.calculateNextBrokerState",
    SessionRefusesTwin "session-refuses-twin"
        "a second process under the same id waits until the session of the first has run out"
        "ClusterControlManager.registerBroker",
    HeartbeatBrokerEpoch "heartbeat-broker-epoch"
        "a heartbeat of an earlier life is refused"
        "ClusterControlManager.checkBrokerEpoch",
    AlterBrokerEpoch "alter-broker-epoch"
        "an ISR proposal of an earlier life is refused"
        "KIP-497; ClusterControlManager.checkBrokerEpoch",
    AlterLeaderEpoch "alter-leader-epoch"
        "an ISR proposal under an old leader epoch is refused"
        "KIP-497; validateAlterPartitionData",
    AlterPartitionEpoch "alter-partition-epoch"
        "an ISR proposal made before the last change of the partition is refused"
        "KIP-497; validateAlterPartitionData",
    AlterByLeader "alter-by-leader"
        "only the leader may propose an ISR, and never one without itself"
        "validateAlterPartitionData",
    AlterEligibleMembers "alter-eligible-members"
        "nobody joins an ISR while fenced or stopping"
        "KIP-841; validateAlterPartitionData",
    AlterMemberEpochs "alter-member-epochs"
        "nobody joins an ISR on the strength of a fetch made in an earlier life"
        "KIP-903; validateAlterPartitionData",
    AnswerWhenCommitted "answer-when-committed"
        "the controller answers only when the quorum has committed what it decided"
        "QuorumController.ControllerWriteEvent",
    ActiveWhenCaughtUp "active-when-caught-up"
        "a new active controller decides only once it has applied all that came before it"
        "KafkaRaftClient.maybeFireLeaderChange",
    ReassignmentNeedsIsr "reassignment-needs-isr"
        "a reassignment completes only when every target replica is in the ISR"
        "PartitionReassignmentReplicas.maybeCompleteReassignment",
    RevertNeedsIsr "revert-needs-isr"
        "a reassignment is called off only if somebody in sync stays"
        "PartitionReassignmentRevert; cancelPartitionReassignment",
    MinIsrChangeClearsElr "min-isr-change-clears-elr"
        "who was eligible under another minimum is not eligible under the new one"
        "KIP-966; ClearElrRecord",

    // ---- the metadata quorum ----
    OneVote "one-vote"
        "a voter votes once in an epoch"
        "KIP-595; UnattachedState.canGrantVote",
    DurableVote "durable-vote"
        "a vote is on disk before it is given"
        "KIP-595; QuorumState.durableTransitionTo",
    VoteUpToDate "vote-up-to-date"
        "nobody votes for a shorter log"
        "KIP-595; Raft 5.4.1",
    CommitByMajority "commit-by-majority"
        "metadata is committed when a majority of the voters has it"
        "LeaderState.maybeUpdateHighWatermark",
    CommitOwnEpoch "commit-own-epoch"
        "a leader commits nothing before something of its own epoch"
        "Raft 5.4.2; LeaderState.maybeUpdateHighWatermark",
    ResignedAfterRestart "resigned-after-restart"
        "a leader that restarts does not lead, or vote, in the same epoch again"
        "QuorumState.initialize",
    QuorumEpochFence "quorum-epoch-fence"
        "requests of an older quorum epoch are refused"
        "KafkaRaftClient.validateLeaderOnlyRequest",
    QuorumDivergence "quorum-divergence"
        "a voter whose metadata log parts from the leader's cuts it before it goes on"
        "KIP-595; KafkaRaftClient.handleFetchRequest",
    FlushBeforeFetch "flush-before-fetch"
        "a voter has on disk what its next fetch acknowledges"
        "KafkaRaftClient.appendAsFollower",
    FlushBeforeCount "flush-before-count"
        "a leader counts its own copy only once it is on disk"
        "KafkaRaftClient.flushLeaderLog",
    CheckQuorum "check-quorum"
        "a leader that no majority fetches from resigns"
        "KAFKA-15489; LeaderState.timeUntilCheckQuorumExpires",
    OneVoterChange "one-voter-change"
        "the set of voters changes by one at a time, each change committed before the next"
        "KIP-853; AddVoterHandler, RemoveVoterHandler",

    // ---- brokers: the leader's side ----
    MinIsrAtAppend "min-isr-at-append"
        "acks=all is refused while the ISR is below its minimum"
        "Partition.appendRecordsToLeader",
    AcksAllWaits "acks-all-waits"
        "acks=all is answered when the high watermark has passed the records"
        "DelayedProduce.tryComplete",
    OnlyLeaderAppends "only-leader-appends"
        "a broker that does not lead stores nothing from clients"
        "Partition.appendRecordsToLeader",
    StrictMinIsr "strict-min-isr"
        "the high watermark stands still while the ISR is below its minimum"
        "KAFKA-15583; Partition.maybeIncrementLeaderHW",
    HwWaitsForIsr "hw-waits-for-isr"
        "the high watermark waits for every member of the ISR"
        "Partition.maybeIncrementLeaderHW",
    HwWaitsForPendingShrink "hw-waits-for-pending-shrink"
        "a member counts until the controller has confirmed that it is out"
        "PendingShrinkIsr.maximalIsr",
    HwWaitsForPendingExpand "hw-waits-for-pending-expand"
        "a member counts from the moment it is proposed"
        "PendingExpandIsr.maximalIsr",
    ExpandReachesHw "expand-reaches-hw"
        "nobody joins the ISR below the high watermark"
        "Partition.isFollowerInSync",
    ExpandReachesEpochStart "expand-reaches-epoch-start"
        "nobody joins the ISR below what the epoch began with"
        "KAFKA-7128; Partition.isFollowerInSync",
    ExpandAfterFetch "expand-after-fetch"
        "nobody joins the ISR before it has fetched in this epoch"
        "Replica.resetReplicaState; TLA+ CHECK 4",
    ResetFollowers "reset-followers"
        "a new leader forgets what it knew of the followers' progress"
        "Replica.resetReplicaState; TLA+ CHECK 3",
    ExpandEligible "expand-eligible"
        "a leader proposes nobody who is fenced, stopping, or of another life"
        "KIP-841, KIP-903; Partition.isReplicaIsrEligible",
    FetchLeaderEpoch "fetch-leader-epoch"
        "a fetch under another leader epoch than the leader's is refused"
        "KIP-320; Partition.localLogWithEpochOrThrow",
    FetchBrokerEpoch "fetch-broker-epoch"
        "a fetch of an earlier life of a follower changes nothing"
        "KIP-903; Replica.updateFetchStateOrThrow",
    ReadsToHw "reads-to-hw"
        "consumers read only what is committed"
        "Partition.readRecords",
    ForwardOnlyHw "forward-only-hw"
        "a leader's high watermark never goes back"
        "UnifiedLog.maybeIncrementHighWatermark",
    EpochCacheAtElection "epoch-cache-at-election"
        "a new leader notes where its epoch begins, even before it has a record"
        "KAFKA-7415; Partition.makeLeader",
    NewerMetadataOnly "newer-metadata-only"
        "a broker does not go back to an older state of a partition"
        "Partition.makeLeader, Partition.makeFollower",
    CommittedMetadataOnly "committed-metadata-only"
        "a broker acts only on metadata that the quorum has committed"
        "BrokerMetadataPublisher; KafkaRaftClient listeners",

    // ---- brokers: the follower's side ----
    DivergenceCheck "divergence-check"
        "a leader compares the follower's last epoch with its own log before it answers"
        "KIP-595; Partition.readRecords",
    TruncateByOwnEpochs "truncate-by-own-epochs"
        "a follower that does not know the leader's epoch falls back to the one before"
        "KIP-279; AbstractFetcherThread.getOffsetTruncationState",
    CutBeforeMark "cut-before-mark"
        "a follower that must cut its log does not take over the leader's high watermark first"
        "KAFKA-14704; ReplicaFetcherThread.processPartitionData",
    MarkWithinLog "mark-within-log"
        "a follower that begins its log anew raises its high watermark to the new start"
        "KAFKA-9491; UnifiedLog.truncateFullyAndStartAt",
    RefetchOnNewEpoch "refetch-on-new-epoch"
        "a follower starts its fetching anew under each leader epoch"
        "ReplicaManager.applyLocalFollowersDelta; TLA+ CHECK 2",
    ResponseOfThisLife "response-of-this-life"
        "an answer to a fetch that was since given up is not taken for a new one"
        "NetworkClient correlation ids; TLA+ CHECK 1",
    ResponseAtOffset "response-at-offset"
        "an answer is dropped when the log has moved on meanwhile"
        "AbstractFetcherThread.processFetchRequest; TLA+ CHECK 7",
    ResponseOfEpoch "response-of-epoch"
        "an answer is dropped when the leader epoch has moved on meanwhile"
        "AbstractFetcherThread.processFetchRequest; TLA+ CHECK 8",
    CleanMarkOnce "clean-mark-once"
        "the mark of a clean stop is taken away at the next start"
        "LogManager, CleanShutdownFileHandler",

    // ---- idempotent producers ----
    SequenceCheck "sequence-check"
        "a batch that is not the next of its producer is not stored"
        "KIP-98; ProducerAppendInfo.checkSequence",
    DuplicateWindow "duplicate-window"
        "a batch that was stored before is answered and not stored again"
        "KIP-98; ProducerStateEntry.findDuplicateBatch",
    ProducerEpochFence "producer-epoch-fence"
        "a batch of an older producer epoch is refused"
        "KIP-98; ProducerAppendInfo.checkProducerEpoch",

    // ---- the group coordinator ----
    GroupAnswersWait "group-answers-wait"
        "a coordinator answers only once what it wrote is committed"
        "CoordinatorRuntime",
    LoadBeforeServing "load-before-serving"
        "a new coordinator reads all that was written before it answers"
        "CoordinatorLoaderImpl",
    UnknownMemberFence "unknown-member-fence"
        "who is no member has no word"
        "ClassicGroup.validateMember",
    SyncWaitsForLeader "sync-waits-for-leader"
        "nobody gets an assignment before the leader has made it"
        "GroupMetadataManager.classicGroupSyncToClassicGroup",
    LeadersWordOnly "leaders-word-only"
        "the leader's assignment counts, and no other member's"
        "GroupMetadataManager.classicGroupSyncToClassicGroup",
    SilentGo "silent-go"
        "a member whose session has run out is a member no more"
        "GroupMetadataManager.expireClassicGroupMemberHeartbeat; KIP-848",
    CommitFence "commit-fence"
        "a commit of offsets under another generation or member epoch is refused"
        "ClassicGroup.validateOffsetCommit, ConsumerGroup.validateOffsetCommit",
    GenerationFence "generation-fence"
        "a sync or a heartbeat under another generation is refused"
        "GroupMetadataManager.validateSyncGroup, validateClassicGroupHeartbeat",
    AssignmentsStored "assignments-stored"
        "assignments reach the members only once they are committed"
        "GroupMetadataManager.classicGroupSyncToClassicGroup",
    MemberEpochFence "member-epoch-fence"
        "a member in another epoch than the coordinator's drops everything and joins again"
        "KIP-848; throwIfConsumerGroupMemberEpochIsInvalid",
    RevokeBeforeGrant "revoke-before-grant"
        "a partition is given to a member only when no other holds it"
        "KIP-848; CurrentAssignmentBuilder.computeNextAssignment",

    // ---- the members of a group ----
    EagerRevokesFirst "eager-revokes-first"
        "under an eager assignor a member gives everything up before it joins"
        "ConsumerCoordinator.onJoinPrepare",
    CooperativeWithholds "cooperative-withholds"
        "a partition that changes hands belongs to nobody for one generation"
        "KIP-429; CooperativeStickyAssignor",
    RejoinsAfterRevoking "rejoins-after-revoking"
        "who gave something up joins once more, so that it is given out"
        "KIP-429; ConsumerCoordinator.onJoinComplete",
    LosesWhenFenced "loses-when-fenced"
        "a member that was put out drops all that it has"
        "ConsumerCoordinator.onJoinPrepare; ConsumerMembershipManager.transitionToFenced",
    SaysWhatItOwns "says-what-it-owns"
        "a member says that it has given something up only when it has"
        "KIP-848; ConsumerMembershipManager.maybeReconcile",
    DropsWhatIsRevoked "drops-what-is-revoked"
        "what was read ahead of a partition goes with the partition"
        "SubscriptionState, FetchBuffer",
    CommitsWorkedOnly "commits-worked-only"
        "a commit covers what was handed out by earlier polls, and nothing that was only read"
        "ConsumerCoordinator.maybeAutoCommitOffsetsAsync",
}

/// Which guards are off; none, in every ordinary run.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash)]
pub struct Guards {
    off: u128,
}

impl Guards {
    #[must_use]
    pub const fn all_on() -> Guards {
        Guards { off: 0 }
    }

    #[must_use]
    pub fn on(self, guard: Guard) -> bool {
        self.off & (1 << guard as u32) == 0
    }

    /// With this one off.
    #[must_use]
    pub fn without(self, guard: Guard) -> Guards {
        Guards { off: self.off | 1 << guard as u32 }
    }

    /// The guard of this name.
    #[must_use]
    pub fn named(name: &str) -> Option<Guard> {
        Guard::ALL.iter().copied().find(|guard| guard.name() == name)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_guard_has_a_bit_and_a_name_of_its_own() {
        assert!(Guard::ALL.len() <= 128);
        for guard in Guard::ALL {
            assert_eq!(Guards::named(guard.name()), Some(*guard));
            let off = Guards::all_on().without(*guard);
            let others: Vec<_> = Guard::ALL.iter().filter(|other| !off.on(**other)).collect();
            assert_eq!(others, [guard]);
        }
    }
}
